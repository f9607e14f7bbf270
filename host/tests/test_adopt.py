"""Reading a service that a person has set up: no value of a setting is sent, and moved settings stay as they were."""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from unittest import mock

from landfall_adopt import move_settings
from landfall_adopt.checkout import read_tree, remote_in, root_of
from landfall_adopt.command import commands_of, masked
from landfall_adopt.neighbours import names_tree
from landfall_adopt.packages import lines
from landfall_adopt.settings import looks_secret
from landfall_host.secret_values import parse_environment

UNIT = """[Unit]
Description=shop
[Service]
Environment=LEVEL=info "NOTE=two words" \\
    TOKEN=abc%%def
Environment='QUOTE=a "b" $c'
ExecStart=/srv/shop/venv/bin/gunicorn \\
    main:app
"""


class Commands(unittest.TestCase):
    def test_the_last_command_counts_and_its_values_are_hidden(self) -> None:
        drop_in = '[Service]\nExecStart=\nExecStart=-/usr/bin/env KEY=abc gunicorn --bind=:80 main:app\n'
        self.assertEqual(commands_of([UNIT]), [['/srv/shop/venv/bin/gunicorn', 'main:app']])
        (words,) = commands_of([UNIT, drop_in])
        self.assertEqual(masked(words), ['/usr/bin/env', 'KEY=***', 'gunicorn', '--bind=:80', 'main:app'])

    def test_what_may_be_a_secret_is_hidden(self) -> None:
        rows = {
            'run --password swordfish x': 'run --password *** x',
            'run --api-key=swordfish': 'run --api-key=***',
            'run redis://u:swordfish@h/0': 'run redis://***@h/0',
            "sh -c 'A=swordfish run'": 'sh -c A=*** run',
        }
        for line, shown in rows.items():
            (words,) = commands_of([f'ExecStart={line}'])
            self.assertEqual(' '.join(masked(words)), shown)

    def test_a_secret_is_known_by_its_name_or_its_value(self) -> None:
        for name, value in (
            ('API_KEY', ''),
            ('db_password', ''),
            ('URL', 'pg://u:p@h/d'),
            ('X', '-----BEGIN A'),
        ):
            self.assertTrue(looks_secret(name, value), name)
        for name, value in (('LEVEL', 'info'), ('MONKEY', '1'), ('URL', 'https://h/a@b')):
            self.assertFalse(looks_secret(name, value), name)


class Moving(unittest.TestCase):
    def test_moved_settings_have_their_values_and_the_rest_of_the_unit_stays(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            unit, target = os.path.join(folder, 'shop.service'), os.path.join(folder, 'shop.env')
            with open(unit, 'w') as file:
                file.write(UNIT)
            moved = self.move(folder, unit, target, {'NOTE', 'TOKEN', 'QUOTE'})
            self.assertEqual(moved, ['NOTE', 'QUOTE', 'TOKEN'])
            self.assertEqual(
                parse_environment(content(target)),
                {'NOTE': 'two words', 'TOKEN': 'abc%def', 'QUOTE': 'a "b" $c'},
            )
            self.assertEqual(os.stat(target).st_mode & 0o777, 0o600)
            self.assertEqual(content(unit + '.before-landfall'), UNIT)
            text = content(unit)
            self.assertIn(f'[Service]\nEnvironmentFile={target}\nEnvironment=LEVEL=info\nExecStart=', text)
            self.assertEqual(self.move(folder, unit, target, {'NOTE', 'TOKEN'}), [])
            self.assertEqual(content(unit), text)

    def test_a_setting_that_the_file_has_already_stops_the_move(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            unit, target = os.path.join(folder, 'shop.service'), os.path.join(folder, 'shop.env')
            for path, text in ((unit, UNIT), (target, 'TOKEN=other\n')):
                with open(path, 'w') as file:
                    file.write(text)
            with self.assertRaises(move_settings.NotMovedError):
                self.move(folder, unit, target, {'TOKEN'})
            self.assertEqual((content(unit), content(target)), (UNIT, 'TOKEN=other\n'))

    def move(self, folder: str, unit: str, target: str, names: set[str]) -> list[str]:
        shown = {'FragmentPath': unit, 'DropInPaths': ''}
        with mock.patch.multiple(
            move_settings,
            PLACES=(folder,),
            show=lambda *_: shown,
            run=lambda *_: (0, '', ''),
            is_root=lambda: True,
        ):
            return move_settings.move('shop.service', target, names)


class Trees(unittest.TestCase):
    def test_a_tree_of_another_user_runs_no_git(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            git = ['git', '-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@e']
            for words in (
                ['init', '-q'],
                ['remote', 'add', 'origin', 'https://ann:pw@h/shop'],
                ['commit', '-q', '--allow-empty', '-m', 'a'],
                ['config', 'core.fsmonitor', f'touch {folder}/ran; false'],
            ):
                subprocess.run([*git, *words], check=True)
            self.assertEqual(root_of(folder), folder)
            with mock.patch.dict(os.environ):
                seen = read_tree(folder, folder, '', None, False)['checkout']
                own = read_tree(folder, folder, '', None, True)['checkout']
            self.assertEqual((seen['remote'], seen['changed']), ('https://***@h/shop', None))
            self.assertEqual(
                (own['remote'], own['changed'], own['remoteHasLogin']), ('https://***@h/shop', [], True)
            )
            self.assertFalse(os.path.exists(folder + '/ran'))
            self.assertIsNone(remote_in('/nonexistent'))

    def test_unpinned_lines_and_names_of_a_tree(self) -> None:
        with tempfile.NamedTemporaryFile('w') as file:
            file.write(
                'flask\nuvicorn[standard] >= 1\ngunicorn==1.0 ; python_version>"3"\n# x\n-r other\na @ https://h/a\n'
            )
            file.flush()
            self.assertEqual(lines(file.name), ['flask', 'uvicorn'])
        self.assertTrue(names_tree('WorkingDirectory=/srv/shop', '/srv/shop'))
        self.assertFalse(names_tree('WorkingDirectory=/srv/shop2', '/srv/shop'))
        self.assertFalse(names_tree('anything', '/'))


def content(path: str) -> str:
    with open(path) as file:
        return file.read()


if __name__ == '__main__':
    unittest.main()
