"""The boot after a power loss: when the checkout moves back, and what the guard of a move is."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import unittest
from unittest import mock

from landfall_host import checkout_boot, children
from landfall_host.checkout_boot import (
    bring_back,
    drop_guard,
    guard_path,
    is_out_of_place,
    keep_guard,
    wanted_path,
)
from landfall_host.protocol import Refused
from landfall_host.state import Host, empty_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.shapes import MovedCheckout

MOVED: MovedCheckout = {
    'checkout': '/srv/shop',
    'commit': 'a' * 40,
    'moving': False,
    'release': '4-bbbbbbb',
    'boot': 'before',
}


class ABoot(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        me = pwd.getpwuid(os.getuid()).pw_name
        self.host = Host(
            {
                'service': 'shop',
                'user': me,
                'deployUser': me,
                'base': '/srv/shop.landfall',
                'envFiles': [],
                'unit': 'shop.service',
            }
        )
        self.host._state = empty_state()
        self.host.boots = os.path.join(self.folder, 'shop.service')
        for module, name, value in (
            (checkout_boot, 'BOOT_UNITS', self.folder),
            (checkout_boot, 'boot_id', lambda: 'now'),
            (children, 'account', pwd.getpwnam),
        ):
            patch = mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def test_moves_back_what_no_deploy_of_this_boot_has_moved_and_no_boot_unit_needs(self) -> None:
        by_hand, last_good, marked = (
            '[Service]\nExecStart=/srv/shop/venv/bin/gunicorn main:app\n',
            'Environment=LANDFALL_RELEASE=3-aaaaaaa\n',
            # `mark-good` had written its boot unit when the power went.
            'Environment=LANDFALL_RELEASE=4-bbbbbbb\n',
        )
        rows: list[tuple[str, str, bool]] = [
            ('before', by_hand, True),
            ('before', last_good, True),
            ('before', marked, False),
            ('now', last_good, False),
        ]
        for boot, text, expected in rows:
            with open(self.host.boots, 'w') as file:
                file.write(text)
            self.assertEqual(is_out_of_place(self.host, {**MOVED, 'boot': boot}), expected, (boot, text))

    def test_brings_back_the_commit_and_keeps_changes_but_not_half_a_move(self) -> None:
        place = os.path.join(self.folder, 'shop')
        os.mkdir(place)

        def git(*words: str) -> str:
            who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
            return subprocess.check_output(['git', *who, '-C', place, *words], text=True).strip()

        def write(text: str, name: str = 'main.py') -> None:
            with open(os.path.join(place, name), 'w') as file:
                file.write(text)

        commits = []
        git('init', '--quiet')
        for text in ('1', '2'):
            write(text)
            git('add', '--all')
            git('commit', '--quiet', '-m', 'x')
            commits.append(git('rev-parse', 'HEAD'))
        moved: MovedCheckout = {**MOVED, 'checkout': place, 'commit': commits[0]}
        write('changed')
        write('', '.git/index.lock')
        saved = bring_back(self.host, moved)
        self.assertEqual((git('rev-parse', 'HEAD'), git('show', f'{saved}:main.py')), (commits[0], 'changed'))
        git('reset', '--quiet', '--hard', commits[1])
        write('half')
        self.assertIsNone(bring_back(self.host, {**moved, 'moving': True}))
        self.assertEqual((git('rev-parse', 'HEAD'), git('status', '--porcelain')), (commits[0], ''))
        with self.assertRaisesRegex(Refused, 'names no commit'):
            bring_back(self.host, {**moved, 'commit': '--exec=x'})

    def test_has_a_guard_while_a_checkout_is_moved(self) -> None:
        keep_guard(self.host, '/srv/a "b" 5%')
        with open(guard_path(self.host)) as file:
            text = file.read()
        self.assertIn('\nBefore=shop.service\n', text)
        self.assertIn(
            '\nRequiresMountsFor="/srv/a \\"b\\" 5%%" "/srv/shop.landfall" "/var/lib/landfall"\n', text
        )
        self.assertEqual(os.readlink(wanted_path(self.host)), guard_path(self.host))
        self.host.state['checkout'] = MOVED
        drop_guard(self.host)
        self.assertTrue(os.path.exists(guard_path(self.host)))
        self.host.state['checkout'] = None
        drop_guard(self.host)
        self.assertFalse(os.path.lexists(guard_path(self.host)) or os.path.lexists(wanted_path(self.host)))
