"""Interpreters in a folder of their own: plain ones, links, shims, and programs that answer nothing."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from unittest.mock import patch

from landfall_host import interpreters
from landfall_host.clean_process import CLEAN_ENVIRONMENT
from landfall_host.interpreters import ask_python, find_interpreters, runnable

ITSELF = os.path.realpath(sys.executable)


class Interpreters(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        self.bin = os.path.join(folder.name, '.local/bin')
        os.makedirs(self.bin)
        clean = patch.dict(CLEAN_ENVIRONMENT, {'PATH': '/nowhere'})
        clean.start()
        self.addCleanup(clean.stop)

    def program(self, name: str, text: str) -> str:
        path = os.path.join(self.bin, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + text)
        os.chmod(path, 0o755)
        return path

    def found(self, asked: str | None = None) -> list[tuple[str, bool, bool]]:
        return [
            (each['path'], each['asked'], each['standard']) for each in find_interpreters(asked, self.home)
        ]

    def test_are_told_once_by_their_real_path(self) -> None:
        for name in ('python3', 'python3.11'):
            os.symlink(ITSELF, os.path.join(self.bin, name))
        self.assertEqual(self.found(), [(ITSELF, False, True)])
        self.assertEqual(self.found('python3.11'), [(ITSELF, True, True)])

    def test_behind_a_shim_are_told_themselves(self) -> None:
        shim = self.program('python3.9', f'exec {ITSELF} "$@"')
        self.assertEqual(self.found(shim), [(ITSELF, True, False)])

    def test_that_do_not_answer_are_left_out(self) -> None:
        self.program('python3.12', 'exit 1')
        self.program('python3.13', 'echo hello')
        self.program('python3.14', 'printf "3.14\\\\0x\\\\0relative\\\\0003.14\\\\0/lib\\\\0001"')
        self.assertEqual(self.found('python3.12'), [])

    def test_of_version_managers_are_found_newest_first(self) -> None:
        for version in ('3.9.1', '3.13.0', 'notes'):
            folder = os.path.join(self.home, '.pyenv/versions', version, 'bin')
            os.makedirs(folder)
            os.symlink(ITSELF, os.path.join(folder, 'python3'))
        names = [path.split('/')[-3] for path, _ in interpreters.candidates(None, self.home)]
        self.assertEqual(names, ['3.13.0', '3.9.1', 'notes'])
        # Without a folder of its own there is nothing to find, and a file in its place is not a failure.
        with open(os.path.join(self.home, '.local/share'), 'w', encoding='utf-8'):
            self.assertEqual(len(self.found()), 1)

    def test_are_asked_for_no_longer_than_the_limit(self) -> None:
        self.program('python3', 'exec sleep 60')
        with patch.object(interpreters, 'INTERPRETER_SECONDS', 0.2):
            self.assertEqual(self.found(), [])

    def test_say_what_environments_are_built_for(self) -> None:
        answer = ask_python(sys.executable)
        self.assertEqual([ITSELF, True], answer and [answer['build'].split('\n')[-1], answer['makes']])

    def test_serve_a_user_who_may_run_them_and_read_their_library(self) -> None:
        closed = self.program('python3.8', '')
        os.chmod(closed, 0o644)
        self.assertEqual(
            runnable([[ITSELF, os.__file__], [closed, os.__file__], [ITSELF, '/nowhere/os.py']]),
            [True, False, False],
        )


if __name__ == '__main__':
    unittest.main()
