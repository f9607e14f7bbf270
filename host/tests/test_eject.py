"""The units, the command and the script of an ejected service: what Landfall wrote, without Landfall."""

from __future__ import annotations

import shutil
import subprocess
import unittest
from pathlib import Path
from typing import Any

from landfall_host.deploy_script import deploy_script
from landfall_host.landfall_unit import LandfallUnit, words_of
from landfall_host.plain_server import plain_server
from landfall_host.plain_units import PlainPlace, environment_text, service_text, timer_text, unreadable
from landfall_host.protocol import Refused
from landfall_host.secret_values import parse_environment
from landfall_host.unit_quoting import quote_for_command

UNITS = Path(__file__).parent / 'units'
RELEASE = '/srv/shop/releases/1-abcdef0'
LANDFALLS = (UNITS / 'landfalls.service').read_text()
PLAIN = (UNITS / 'plain.service').read_text()
GATE = '/usr/local/lib/landfall/gate-1/landfall_gate'


class PlainUnits(unittest.TestCase):
    def test_a_unit_is_read_and_written_without_landfall(self) -> None:
        unit = LandfallUnit('shop@1-abcdef0.service', LANDFALLS)
        place = PlainPlace(RELEASE, '/srv/shop/app', '/srv/shop/app.venv')
        server = plain_server(unit.argv, None, unit.gate(), unit.env, '')
        argv = [place.moved(word) for word in server.argv]
        files = ['/etc/shop/env', '/etc/shop/landfall.env']
        text = service_text(unit, place, 'shop.service', 'shop', argv, 'notify', files, 'shop.socket')
        self.assertEqual(text, PLAIN)

    def test_words_survive_the_quoting_of_a_unit(self) -> None:
        words = [
            'a',
            'b c',
            '"',
            '\\',
            '$',
            '$$',
            '%',
            '%%n',
            '',
            '\t\n',
            "it's",
            '\\u0041',
            'ä\x85',
            '{"a": 1}',
        ]
        self.assertEqual(words_of(' '.join(map(quote_for_command, words)), 'a.service'), words)

    def test_an_edited_unit_is_refused(self) -> None:
        for text in (
            '',
            'ExecStart=/bin/true\n',
            LANDFALLS.replace('/usr/bin/env --chdir', '/usr/bin/nice --chdir'),
            LANDFALLS + 'ExecStart=/bin/true\n',
            LANDFALLS.replace('main:app', '"main:app'),
        ):
            with self.assertRaises(Refused):
                LandfallUnit('shop.service', text)

    def test_a_schedule_stays(self) -> None:
        text = timer_text(
            '[Timer]\nOnCalendar=hourly\nPersistent=true\nUnit=a.service\n', 'x', 'shop-tick.service'
        )
        self.assertIn('[Timer]\nOnCalendar=hourly\nPersistent=true\nUnit=shop-tick.service\n', text)
        self.assertIn('WantedBy=timers.target', text)

    def test_variables_survive_an_environment_file(self) -> None:
        values = {
            'A': 'plain',
            'B': 'a "b" \\ $c `d` \'e\' #f',
            'C': 'two\nlines\n',
            'D': '',
            'E': 'back\\',
            'F': ' é ',
        }
        self.assertEqual(parse_environment(environment_text(values)), values)
        self.assertEqual(unreadable({**values, 'BELL': '\a', 'CR': '\r'}), ['BELL', 'CR'])


class PlainServers(unittest.TestCase):
    def test_each_server_starts_as_before(self) -> None:
        serve = ['python', GATE + '/serve.py']
        gunicorn = ['python', '-m', 'gunicorn', '--config', GATE + '/conf.py']
        wrapped = 'landfall_gate.wrapped:app'
        rows = [
            # (words, app, settings of the gate, variables, the project's configuration, what is started)
            ([*gunicorn, 'a:b'], {}, (), '', '-m gunicorn --workers 2 a:b'),
            ([*gunicorn, '--preload', 'a:b'], {}, (), 'workers = 3', '-m gunicorn --preload a:b'),
            (
                [*gunicorn, 'a:b'],
                {'standardClass': 'sync'},
                ('WEB_CONCURRENCY',),
                '',
                '-m gunicorn --worker-class sync a:b',
            ),
            (
                [*gunicorn, '--workers', '4', 'a:b'],
                {'configFile': 'conf/g.py', 'standardClass': 'sync'},
                (),
                'worker_class = find()',
                '-m gunicorn --config conf/g.py --workers 4 a:b',
            ),
            (
                [*gunicorn, '--worker-class', 'gthread', 'a:b'],
                {},
                (),
                '',
                '-m gunicorn --workers 2 --threads 4 --worker-class gthread a:b',
            ),
            ([*gunicorn, 'a:b'], {'standardClass': 'sync'}, ('GUNICORN_CMD_ARGS',), '', '-m gunicorn a:b'),
            (
                [*serve, 'uvicorn', 'handed', '--fd', '3', wrapped],
                {},
                (),
                '',
                '-m uvicorn --workers 2 --fd 3 m:app',
            ),
            (
                [*serve, 'uvicorn', 'itself', '--host', '::1', '--port', '80', '--workers', '1', wrapped],
                {},
                (),
                '',
                '-m uvicorn --host ::1 --port 80 --workers 1 m:app',
            ),
            (
                [*serve, 'hypercorn', 'handed', '--bind', 'fd://3', '--config', 'h.toml', wrapped],
                {},
                (),
                '',
                '-m hypercorn --bind fd://3 --config h.toml m:app',
            ),
            (
                [*serve, 'granian', 'itself', '--interface', 'wsgi', 'landfall_gate.wrapped:wsgi'],
                {},
                ('GRANIAN_WORKERS',),
                '',
                '-m granian --interface wsgi m:app',
            ),
        ]
        for words, gate, names, conf, wanted in rows:
            with self.subTest(wanted):
                found = plain_server(words, 'm:app', gate, names, conf)
                self.assertEqual(' '.join(found.argv), 'python ' + wanted)

    def test_a_factory_is_called_or_refused(self) -> None:
        words = [
            'python',
            GATE + '/serve.py',
            'uvicorn',
            'itself',
            '--uds',
            '/run/a',
            'landfall_gate.wrapped:app',
        ]
        self.assertEqual(plain_server(words, 'm:make()', {}, (), '').argv[-2:], ['/run/a', 'm:make'])
        self.assertIn('--factory', plain_server(words, 'm:make()', {}, (), '').argv)
        with self.assertRaises(Refused):
            plain_server(words, "m:make('x')", {}, (), '')

    def test_settings_that_landfall_overruled_are_named(self) -> None:
        words = ['python', '-m', 'gunicorn', 'a:b']
        found = plain_server(
            words, None, {'preload': False}, (), 'daemon = True\npreload_app = True\nbind = "x"\n'
        )
        self.assertEqual(
            [' daemon' in each or 'preload_app' in each for each in found.warnings], [True, True]
        )


class Script(unittest.TestCase):
    def values(self, kind: str) -> dict[str, Any]:
        hostile = 'it\'s $HOME `id` "x"'
        return {
            **dict.fromkeys(
                ('service', 'script', 'unit', 'user', 'group', 'deployer', 'home', 'checkout'), 'a b'
            ),
            **dict.fromkeys(
                ('folder', 'venv', 'venvs', 'app', 'address', 'path', 'headers', 'check'), hostile
            ),
            'processes': ['x y'],
            'server': 'gunicorn',
            'shared': [f'media={hostile}'],
            'inside': '',
            'timeout': 5,
            'successes': 3,
            'envFiles': ['/etc/a b'],
            'env': [f'A={hostile}'],
            'build': [['npm', hostile]],
            'migrate': ['alembic', hostile],
            'packages': {'kind': kind, 'files': [], 'options': ['--group', hostile], 'extras': ['web']},
        }

    def test_each_way_to_install_is_a_script_that_bash_reads(self) -> None:
        for kind in ('requirements', 'uv', 'poetry', 'pdm', 'project'):
            for uv in (None, '/usr/bin/uv'):
                with self.subTest(kind=kind, uv=uv):
                    text = deploy_script(self.values(kind), uv)
                    read = subprocess.run(
                        ['bash', '-n'], input=text, capture_output=True, text=True, check=False
                    )
                    self.assertEqual((read.returncode, read.stderr), (0, ''))
                    self.assertNotRegex(text, r'@[a-z]+@')
                    if shutil.which('shellcheck'):
                        subprocess.run(['shellcheck', '-'], input=text, text=True, check=True)


if __name__ == '__main__':
    unittest.main()
