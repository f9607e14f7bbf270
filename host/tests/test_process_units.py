"""The units of processes, as systemd reads them."""

from __future__ import annotations

import os
import unittest
from typing import Any
from unittest import mock

from landfall_host import process_units
from landfall_host.process_files import Name, name_in, unit_name, wanted_in
from landfall_host.process_preview import process_diffs
from landfall_host.process_units import service_text, target_text, timer_text
from tests.shop import shop

WORKER: Any = {
    'argv': ['/bin/sh', '-c', 'exec celery -A shop worker -n 100%$HOSTNAME'],
    'env': {'QUEUE': 'a b'},
    'schedule': None,
    'drainMilliseconds': 21_600_000,
    'stopSignal': 'QUIT',
    'stableMilliseconds': 1000,
    'ready': None,
}
VALUES: Any = {
    'commit': 'abc1234',
    'address': {'socket': '/run/shop.sock'},
    'process': {'env': {'QUEUE': 'x'}},
}
RELEASE = '12-3fa9c1e'


def text_of(process: str, after: list[str] | None = None, **changes: Any) -> str:
    stored: Any = {'units': {process: {**WORKER, **changes}}, 'values': VALUES, 'group': 'g'}
    return service_text(shop(), 'g', Name(RELEASE, process, 7, 'service'), stored, [], after or [])


class TheUnitOfAProcess(unittest.TestCase):
    def test_is_told_to_finish_once_and_has_its_drain(self) -> None:
        lines = text_of('worker').split('\n')
        for line in (
            'Type=exec',
            'PartOf=shop@processes.target',
            'KillMode=mixed',
            'KillSignal=SIGQUIT',
            'TimeoutStopSec=21600000ms',
            'Restart=always',
            'User=u',
        ):
            self.assertIn(line, lines)

    def test_gives_no_text_of_the_request_to_systemd(self) -> None:
        text = text_of('worker')
        self.assertIn('"exec celery -A shop worker -n 100%%$$HOSTNAME"', text)
        self.assertIn('"QUEUE=a b"', text)
        self.assertNotIn('QUEUE=x', text)
        environment = [line for line in text.split('\n') if line.startswith('Environment=')]
        self.assertEqual(environment, ['Environment=LANDFALL_RELEASE=' + RELEASE])

    def test_knows_the_name_of_its_host_as_a_login_shell_does(self) -> None:
        self.assertIn('HOSTNAME=' + os.uname().nodename, text_of('worker'))
        self.assertIn('HOSTNAME=own', text_of('worker', env={'HOSTNAME': 'own'}))

    def test_of_a_schedule_runs_once_after_the_run_under_way(self) -> None:
        earlier = 'shop@11-aaaaaaa.nightly.3.service'
        lines = text_of('nightly', [earlier], schedule='*-*-* 03:00').split('\n')
        self.assertIn('Type=oneshot', lines)
        self.assertIn('After=network-online.target ' + earlier, lines)
        self.assertFalse([line for line in lines if line.startswith(('Restart=', 'PartOf='))])

    def test_of_a_timer_starts_its_own_release(self) -> None:
        nightly: Any = {**WORKER, 'schedule': 'daily'}
        timer = timer_text(shop(), Name(RELEASE, 'nightly', 7, 'service'), nightly)
        self.assertIn('\nOnCalendar=daily\nPersistent=true\n', timer)
        self.assertIn(f'\nUnit=shop@{RELEASE}.nightly.7.service\n', timer)

    def setUp(self) -> None:
        patch = mock.patch.object(process_units, 'environment', environment)
        patch.start()
        self.addCleanup(patch.stop)


def environment(host: Any, ask: Any, more: dict[str, str], given: Any) -> list[str]:
    return [f'{name}={value}' for name, value in {**ask['process']['env'], **more}.items()]


class ThePreview(unittest.TestCase):
    def test_names_the_process_of_each_difference_and_hides_values(self) -> None:
        def stored(**units: Any) -> Any:
            return {'units': units, 'values': VALUES, 'group': 'g'}

        nightly = {**WORKER, 'schedule': 'daily'}
        before = stored(worker=WORKER, beat=WORKER, nightly=nightly)
        after = stored(
            worker={**WORKER, 'env': {'QUEUE': 'c'}, 'drainMilliseconds': 1},
            beat=WORKER,
            nightly={**nightly, 'schedule': 'hourly'},
        )
        lines = process_diffs(shop(), RELEASE, before, after, [])
        titles = [line.split('@@')[2] for line in lines if line.startswith('@@')]
        self.assertEqual(sorted(set(titles)), [' nightly', ' worker'])
        changes = [line for line in lines if line[0] in '+-']
        self.assertIn('+TimeoutStopSec=1ms', changes)
        self.assertIn('+OnCalendar=hourly', changes)
        self.assertTrue([line for line in changes if 'QUEUE=***' in line])
        self.assertFalse([line for line in lines if 'a b' in line])
        self.assertEqual(process_diffs(shop(), RELEASE, before, before, []), [])
        self.assertTrue(process_diffs(shop(), RELEASE, None, after, []))

    def setUp(self) -> None:
        patch = mock.patch.object(process_units, 'environment', environment)
        patch.start()
        self.addCleanup(patch.stop)


class TheNameOfAUnit(unittest.TestCase):
    def test_is_read_as_it_was_written(self) -> None:
        for process, number, kind in (('worker', 1, 'service'), ('beat2', 12, 'timer')):
            unit = unit_name(shop(), RELEASE, process, number, kind)
            self.assertEqual(name_in(shop(), unit), (RELEASE, process, number, kind))

    def test_is_not_that_of_another_unit(self) -> None:
        for unit in (
            f'shop@{RELEASE}.service',
            f'shop-1@{RELEASE}.worker.1.service',
            f'shop@{RELEASE}.web.1.service',
            f'shop@{RELEASE}.worker.1.socket',
            'shop@processes.target',
        ):
            self.assertIsNone(name_in(shop(), unit), unit)


class TheTarget(unittest.TestCase):
    def test_wants_the_live_ones(self) -> None:
        units = ['shop@2-bbbbbbb.worker.2.service', 'shop@1-aaaaaaa.nightly.1.timer']
        self.assertEqual(wanted_in(target_text(shop(), units)), sorted(units))
        self.assertEqual(wanted_in(None), [])


if __name__ == '__main__':
    unittest.main()
