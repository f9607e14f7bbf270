"""Where a service may listen."""

from __future__ import annotations

import os
import tempfile
import unittest

from landfall_host.addresses import check_for_systemd, check_pinned
from landfall_host.contract import check
from landfall_host.protocol import Refused
from tests.shop import shop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address


class AnAddress(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.host = shop()
        self.host.socket_boots = os.path.join(folder.name, 'shop.socket')

    def refused(self, address: Address) -> str:
        try:
            check_for_systemd(self.host, address)
        except Refused as refused:
            return f'{refused.kind}: {refused.message}'
        return ''

    def test_of_systemd_may_be_the_own_socket_or_a_port(self) -> None:
        addresses: list[Address] = [
            {'socket': '/run/shop.sock'},
            {'socket': '/run/shop/web.sock'},
            {'host': '127.0.0.1', 'port': 1024},
            {'host': '::1', 'port': 8000},
        ]
        for address in addresses:
            self.assertEqual(self.refused(address), '')

    def test_of_systemd_in_any_other_place_is_refused(self) -> None:
        for path in (
            # A release's own directory belongs to the service, which could put a link in the socket's place.
            '/run/landfall/services/shop/1-c0ffee1/s',
            '/run/sshd.sock',
            '/etc/cron.d/evil',
            '/srv/shop/shared/s',
            '/run/shop.run/s',
            '/run/shop/a/s',
            '/run/shop-api/s',
            '/run/shop-api.sock',
        ):
            self.assertRegex(
                self.refused({'socket': path}), 'InvalidInput: .*Write `bind: unix:/run/shop.sock`'
            )

    def test_is_no_name_and_no_other_text(self) -> None:
        for ip in ('/etc/cron.d/evil', '@x', 'localhost', '%h', '127.0.0.1 ', '127.0.0.01', 'fe80::1%lo'):
            with self.assertRaisesRegex(ValueError, 'must be an IP address'):
                check('ipAddress', ip)

    def test_of_ipv6_has_its_shortest_form(self) -> None:
        for ip in ('0:0:0:0:0:0:0:1', '2001:DB8::1'):
            self.assertIn('in their shortest form only', self.refused({'host': ip, 'port': 8000}))

    def test_has_no_port_of_the_system(self) -> None:
        self.assertIn('Port 1023 belongs to the system', self.refused({'host': '127.0.0.1', 'port': 1023}))

    def test_is_one_that_root_has_pinned(self) -> None:
        self.host.policy['addresses'] = ['127.0.0.1:8000', 'unix:/srv/s']
        self.assertEqual(self.refused({'host': '127.0.0.1', 'port': 8000}), '')
        self.assertEqual(self.refused({'socket': '/srv/s'}), '')
        self.assertIn('Root has not allowed shop', self.refused({'host': '127.0.0.1', 'port': 8001}))

    def test_that_was_good_stays_allowed(self) -> None:
        self.host.policy['addresses'] = []
        with open(self.host.socket_boots, 'w') as file:
            file.write('# Written by Landfall\n[Socket]\nListenStream=127.0.0.1:8000\n')
        check_pinned(self.host, {'host': '127.0.0.1', 'port': 8000})
        with self.assertRaises(Refused):
            check_pinned(self.host, {'host': '127.0.0.1', 'port': 8001})


if __name__ == '__main__':
    unittest.main()
