"""The record of setup: written before a change, merged over runs, without what was there before."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import tempfile
import unittest
from unittest import mock

from landfall_host import setup_record
from landfall_host.accounts import group_of
from landfall_host.protocol import Refused
from landfall_host.setup_record import SetupRecord
from landfall_host.setup_steps import SetupSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Record(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = directory.name
        place = mock.patch.object(setup_record, 'VAR', os.path.join(self.top, 'var'))
        place.start()
        self.addCleanup(place.stop)

    def plan(self, apply: bool = True) -> SetupSteps:
        return SetupSteps(apply, SetupRecord('shop'))

    def recorded(self) -> dict[str, Any]:
        path = os.path.join(self.top, 'var', 'shop', 'setup.json')
        if not os.path.exists(path):
            return {}
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, encoding='utf-8') as file:
            return {kind: made for kind, made in json.load(file).items() if made}

    def directory(self, plan: SetupSteps, path: str, mode: int = 0o755) -> None:
        me = pwd.getpwuid(os.getuid()).pw_name
        plan.directory(path, me, group_of(me), mode)

    def test_made_directories_with_those_above_and_nothing_that_was_there(self) -> None:
        os.mkdir(os.path.join(self.top, 'srv'))
        for _ in range(2):
            plan = self.plan()
            self.directory(plan, os.path.join(self.top, 'srv'))
            self.directory(plan, os.path.join(self.top, 'srv', 'shop', 'releases'))
        made = [os.path.join(self.top, 'srv', *rest) for rest in (['shop'], ['shop', 'releases'])]
        self.assertEqual(self.recorded(), {'directories': made})

    def test_a_changed_mode_stays_as_the_first_setup_found_it(self) -> None:
        path = os.path.join(self.top, 'srv')
        os.mkdir(path)
        os.chmod(path, 0o775)
        for mode in (0o755, 0o750):
            self.directory(self.plan(), path, mode)
        found = os.stat(path)
        before = {'path': path, 'user': found.st_uid, 'group': found.st_gid, 'mode': 0o775}
        self.assertEqual(self.recorded(), {'modes': [before]})

    def test_a_plan_writes_nothing(self) -> None:
        plan = self.plan(apply=False)
        plan.file(os.path.join(self.top, 'rule'), 'text', 0o600, 'write the rule')
        self.assertFalse(plan.actions[0]['done'])
        self.assertEqual(self.recorded(), {})

    def test_a_file_that_was_there_is_replaced_and_not_recorded(self) -> None:
        old, new = (os.path.join(self.top, name) for name in ('old', 'new'))
        with open(old, 'w', encoding='utf-8') as file:
            file.write('by hand')
        for path in (old, new):
            with contextlib.suppress(Refused):  # tests need not be root, to whom the file must belong
                self.plan().file(path, 'text', 0o600, 'write the rule')
        self.assertEqual(self.recorded(), {'files': [new]})

    def test_an_entry_is_written_before_its_change(self) -> None:
        seen: list[dict[str, Any]] = []
        there: list[bool] = []

        def act() -> None:
            seen.append(self.recorded())
            there.append(True)

        self.plan().step('install', lambda: bool(there), act, lambda: [('packages', 'caddy')])
        self.assertEqual(seen, [{'packages': ['caddy']}])
        self.assertEqual(self.recorded(), {'packages': ['caddy']})

    def test_a_failed_step_that_made_nothing_leaves_no_entry(self) -> None:
        def act() -> None:
            raise Refused('CommandFailed', 'useradd ended with 1')

        with self.assertRaises(Refused):
            self.plan().step('create shop', lambda: False, act, lambda: [('users', 'shop')])
        self.assertEqual(self.recorded(), {})


if __name__ == '__main__':
    unittest.main()
