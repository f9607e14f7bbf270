"""The managed environment: versions, what releases have of them, and becoming a service's process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from landfall_host import env_verbs, managed_env
from landfall_host.files import write_json
from landfall_host.protocol import Refused
from landfall_host.secret_values import secrets_of_host
from landfall_host.state import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

POLICY: Any = {
    'service': 'shop',
    'user': 'shop',
    'deployUser': 'deploy',
    'base': '/srv/shop',
    'envFiles': [],
    'unit': 'shop.service',
}
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Versions(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.host = Host(POLICY)
        self.host.var = directory.name
        os.mkdir(os.path.join(directory.name, 'releases'))

    def change(self, base: int, values: dict[str, str], number: int = 0, unset: tuple[str, ...] = ()) -> Any:
        told = env_verbs.verb_env_set(
            self.host,
            {
                'set': values,
                'unset': list(unset),
                'base': base,
                'number': number,
                'apply': True,
                'by': 'tests',
            },
            io.BytesIO(),
        )
        self.host.unlock()
        return told

    def release(self, name: str, env: int | None) -> None:
        entry = {'id': name, 'commit': 'c', 'content': 'c', 'good': None, 'venv': None, 'env': env}
        write_json(os.path.join(self.host.var, 'releases', name + '.json'), entry)

    def listed(self, nonce: str) -> Any:
        with mock.patch.object(env_verbs, 'serving_unit', lambda host: ('shop.service', 'active', None)):
            return env_verbs.verb_env_list(self.host, {'nonce': nonce, 'versions': []}, io.BytesIO())

    def test_a_change_is_a_version_and_the_same_change_again_is_none(self) -> None:
        self.assertEqual(self.change(0, {'A': 'one', 'B': 'two'})['number'], 1)
        again = self.change(1, {'A': 'one', 'B': 'two'})
        self.assertEqual((again['number'], again['changed'], again['added']), (1, [], []))
        told = self.change(1, {'A': 'three'}, number=9, unset=('B', 'C'))
        self.assertEqual((told['number'], told['changed']), (9, ['A']))
        self.assertEqual((told['removed'], told['missing']), (['B'], ['C']))

    def test_a_change_that_has_seen_another_version_does_nothing(self) -> None:
        self.change(0, {'A': 'one'})
        told = self.change(0, {'A': 'late'})
        self.assertEqual((told['moved'], told['before']), (True, 1))
        self.assertEqual(managed_env.version_numbers(self.host), [1])

    def test_a_release_keeps_its_version(self) -> None:
        self.release('1-aaaaaaa', None)
        self.change(0, {'A': 'one'})
        self.release('2-bbbbbbb', managed_env.newest_version(self.host))
        self.change(1, {'A': 'two'})
        self.assertEqual(managed_env.managed_values(self.host, '1-aaaaaaa'), {})
        self.assertEqual(managed_env.managed_values(self.host, '2-bbbbbbb'), {'A': 'one'})

    def test_only_versions_that_neither_a_release_needs_nor_are_new_go(self) -> None:
        for number in range(1, 15):
            self.change(number - 1, {'A': str(number)})
        needed: Any = [{'id': '1-aaaaaaa', 'env': 2}, {'id': '2-bbbbbbb'}]
        managed_env.prune_versions(self.host, needed)
        self.assertEqual(managed_env.version_numbers(self.host), [2, *range(5, 15)])

    def test_values_of_all_versions_are_hidden(self) -> None:
        self.change(0, {'TOKEN': 'first-token'})
        self.change(1, {'TOKEN': 'second-token'})
        hidden = secrets_of_host(self.host, [])
        self.assertEqual(hidden, [('TOKEN', 'first-token'), ('TOKEN', 'second-token')])

    def test_digests_compare_values_within_a_call_only(self) -> None:
        self.change(0, {'A': 'same', 'B': 'same'})
        first, second = self.listed('a' * 64), self.listed('b' * 64)
        digests = [each['digest'] for each in first['contents'][0]['variables']]
        self.assertEqual(len(set(digests)), 2, 'equal values of two names')
        self.assertNotEqual(first['contents'], second['contents'])
        self.assertNotIn('same', json.dumps(first))

    def test_more_than_a_process_can_be_started_with_is_refused_without_the_value(self) -> None:
        for values in ({'A': 'x' * 120_000}, {f'A{n}': 'x' * 100_000 for n in range(6)}):
            with self.assertRaises(Refused) as refused:
                self.change(0, values)
            self.host.unlock()
            self.assertNotIn('xxx', refused.exception.message)

    def test_files_are_of_root_alone(self) -> None:
        self.change(0, {'A': 'one'})
        modes = [
            os.stat(path).st_mode & 0o777
            for path in (managed_env.versions_directory(self.host), managed_env.version_path(self.host, 1))
        ]
        self.assertEqual(modes, [0o700, 0o600])


class Becoming(unittest.TestCase):
    def started(self, given: bytes, *argv: str) -> subprocess.CompletedProcess[bytes]:
        """A process as systemd starts one, with this standard input."""
        program = f'import sys; sys.path.insert(0, {HERE!r}); from landfall_host.__main__ import main; main()'
        command = [sys.executable, '-IS', '-c', program, '--with-environment', *argv]
        environment = {'KEPT': 'of systemd', 'A': 'of systemd', 'LANG': 'C'}
        return subprocess.run(command, input=given, env=environment, capture_output=True, check=False)

    def test_the_process_has_exactly_these_variables_and_no_input(self) -> None:
        values = {'A': 'it\'s "one" $X\n two \\ %n', 'B': 'é🐍', 'C': ''}
        script = 'cat; env -0'
        given = json.dumps({'values': values}).encode()
        found = self.started(given, '/bin/sh', '-c', script).stdout.decode().split('\0')
        entries = dict(entry.split('=', 1) for entry in found if entry and not entry.startswith('PWD='))
        self.assertEqual({name: entries.get(name) for name in values}, values)
        self.assertEqual(entries['KEPT'], 'of systemd')
        self.assertNotIn('LC_CTYPE', entries)

    def test_without_its_environment_it_does_not_start(self) -> None:
        for given in (b'', b'{}', b'no json'):
            ended = self.started(given, '/bin/echo', 'started')
            self.assertEqual((ended.returncode, ended.stdout), (218, b''))
            self.assertIn(b'does a drop-in set StandardInput=?', ended.stderr)

    def test_a_command_that_is_not_there_has_its_own_status(self) -> None:
        self.assertEqual(self.started(b'{"values": {}}', '/bin/nothing-there').returncode, 203)


if __name__ == '__main__':
    unittest.main()
