"""Unit files that are restored together."""

from __future__ import annotations

import os
import tempfile
import unittest
from unittest import mock

from landfall_host import unit_files
from tests.shop import shop


class TheBootUnit(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.host = shop()
        for name in ('boots', 'unproven', 'socket_boots', 'socket_unproven'):
            setattr(self.host, name, os.path.join(folder.name, name))

    def text(self, path: str) -> str | None:
        if not os.path.exists(path):
            return None
        with open(path) as file:
            return file.read()

    def test_is_restored_with_its_socket_whichever_of_them_changes(self) -> None:
        alias = '# Written by Landfall\nType=oneshot\n'
        with mock.patch.object(unit_files, 'show', lambda *_: {'ActiveState': 'inactive'}):
            for boots in (alias, '[Service]\n', None):
                for socket in ('[Socket]\n', None):
                    for path in (self.host.boots, self.host.socket_boots):
                        with open(path, 'w') as file:
                            file.write('another')
                    self.assertTrue(
                        unit_files.restore_boot_unit(
                            self.host, {'boots': boots, 'enabled': True, 'socket': socket}
                        )
                    )
                    self.assertEqual(self.text(self.host.boots), boots)
                    self.assertEqual(self.text(self.host.socket_boots), socket)
                    self.assertFalse(
                        unit_files.restore_boot_unit(
                            self.host, {'boots': boots, 'enabled': True, 'socket': socket}
                        )
                    )


if __name__ == '__main__':
    unittest.main()
