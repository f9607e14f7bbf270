"""Where a unit from before Landfall listens, what it sets, and which web server passes requests to it."""

from __future__ import annotations

import os
import socket
import tempfile
import unittest

from landfall_host.hand_made import addresses_of, ip_of, names_of, read_plain
from landfall_host.proxies import passes_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address


class HandMadeUnits(unittest.TestCase):
    def test_only_names_are_taken_of_settings(self) -> None:
        rows = {
            'LOG_LEVEL=info "PASSWORD=two words" EMPTY=': ['LOG_LEVEL', 'PASSWORD', 'EMPTY'],
            'A="b=c" D=e\\"f': ['A', 'D'],
            'broken="quote X=1': ['broken', 'X'],
            'no-name=1 9A=2 é=3': [],
            '': [],
        }
        for told, names in rows.items():
            self.assertEqual(names_of(told), names, told)

    def test_addresses_of_the_kernel_are_read(self) -> None:
        rows = {
            '0100007F': '127.0.0.1',
            '00000000': '0.0.0.0',  # noqa: S104 -- read, not bound
            '00000000000000000000000001000000': '::1',
            '0000000000000000FFFF00000100007F': '127.0.0.1',
        }
        for told, address in rows.items():
            self.assertEqual(ip_of(told), address)

    def test_the_listeners_of_a_process_are_found(self) -> None:
        with socket.socket() as tcp, socket.socket(
            socket.AF_UNIX
        ) as unix, tempfile.TemporaryDirectory() as at:
            tcp.bind(('127.0.0.1', 0))
            unix.bind(os.path.join(at, 'shop.sock'))
            tcp.listen()
            unix.listen()
            found = addresses_of({'MainPID': str(os.getpid())})
            self.assertIn({'host': '127.0.0.1', 'port': tcp.getsockname()[1]}, found)
            self.assertIn({'socket': os.path.join(at, 'shop.sock')}, found)

    def test_only_a_plain_file_is_read(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            pipe = os.path.join(directory, 'pipe')
            os.mkfifo(pipe)
            self.assertEqual(read_plain(pipe), '')
            self.assertEqual(read_plain(directory), '')
            self.assertEqual(read_plain(os.path.join(directory, 'none')), '')


class Proxies(unittest.TestCase):
    def test_a_line_that_passes_requests_is_told_from_others(self) -> None:
        rows = {
            '  proxy_pass http://127.0.0.1:8077;': True,
            'location / { proxy_pass http://localhost:8077/; }': True,
            'upstream shop { server localhost:8077; }': True,
            'reverse_proxy :8077': True,
            'ProxyPass "/" "http://127.0.0.1:8077/"': True,
            'server 10.0.0.1:8077;': False,
            'proxy_pass http://127.0.0.1:80770;': False,
            'server { listen 127.0.0.1:8077;': False,
            '# proxy_pass http://127.0.0.1:8077;': False,
        }
        for text, passes in rows.items():
            self.assertEqual(passes_to(text, {'host': '127.0.0.1', 'port': 8077}), passes, text)
        unix: Address = {'socket': '/run/shop.sock'}
        self.assertTrue(passes_to('proxy_pass http://unix:/run/shop.sock;', unix))
        self.assertTrue(passes_to('reverse_proxy unix//run/shop.sock', unix))
        self.assertFalse(passes_to('proxy_pass http://unix:/run/shop.sock2;', unix))


if __name__ == '__main__':
    unittest.main()
