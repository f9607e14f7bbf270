"""When systemd may listen before the old unit has ended, and when it has to wait."""

from __future__ import annotations

import unittest
from unittest import mock

from landfall_host import early_socket
from landfall_host.early_socket import open_early, open_when_free
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import Address

WHERE: Address = {'host': '127.0.0.1', 'port': 8000}


class EarlySocket(unittest.TestCase):
    def setUp(self) -> None:
        self.opened = self.replace('opened', return_value=True)
        self.replace('socket_state', return_value={'active': False, 'listens': ''})
        self.replace('show', return_value={})
        self.replace('processes_of', return_value=[])
        self.listening = self.replace('listening_on', return_value={'7'})
        self.held = self.replace('held_by', return_value={'7'})
        self.replace('sockets_of', return_value=[(12, 3, 7)])
        self.host: Any = mock.Mock(unit='shop.service')

    def replace(self, name: str, **how: Any) -> mock.Mock:
        patch = mock.patch.object(early_socket, name, **how)
        started: mock.Mock = patch.start()
        self.addCleanup(patch.stop)
        return started

    def test_where_the_kernel_forbids_sharing_systemd_waits_until_the_old_server_has_closed(self) -> None:
        self.replace('copy_of', return_value=None)
        self.assertFalse(open_early(self.host, WHERE))
        self.assertFalse(open_when_free(self.host, WHERE))
        self.opened.assert_not_called()
        self.listening.return_value = set()
        self.assertTrue(open_when_free(self.host, WHERE))
        self.opened.assert_called_once()

    def test_where_each_listener_can_be_shared_systemd_listens_at_once(self) -> None:
        copy = self.replace('copy_of').return_value
        share = self.replace('allow_sharing', return_value=True)
        lead = self.replace('lead_to')
        self.replace('untaken', side_effect=[2, 0])
        self.assertTrue(open_early(self.host, WHERE))
        lead.assert_called_once_with(copy, 1)
        copy.close.assert_called_once()
        share.return_value = False
        self.assertFalse(open_early(self.host, WHERE))

    def test_a_listener_of_another_program_is_named_and_nothing_changes(self) -> None:
        self.held.return_value = set()
        self.replace('holder_of', return_value='nginx (process 9)')
        with self.assertRaisesRegex(Refused, 'systemd cannot listen on 127.0.0.1:8000: it is taken by nginx'):
            open_early(self.host, WHERE)
        self.opened.assert_not_called()


if __name__ == '__main__':
    unittest.main()
