"""The address from which a question of the host itself comes: apps trust proxies by it."""

from __future__ import annotations

import socket
import tempfile
import unittest

from landfall_gate.readiness_request import client_of


class Client(unittest.TestCase):
    def test_it_is_the_one_of_a_real_connection(self) -> None:
        for family, address in (
            (socket.AF_INET, '127.0.0.1'),
            (socket.AF_INET, '127.0.1.10'),
            (socket.AF_INET, '0.0.0.0'),  # noqa: S104 -- closed at once
            (socket.AF_INET6, '::1'),
        ):
            with self.subTest(address=address), socket.socket(family) as listener:
                listener.bind((address, 0))
                listener.listen()
                port = listener.getsockname()[1]
                with socket.create_connection((address, port)) as connection:
                    self.assertEqual(client_of(listener)[0], connection.getsockname()[0])

    def test_a_unix_socket_has_none(self) -> None:
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f'{folder}/a')
            self.assertEqual(client_of(listener), '')


if __name__ == '__main__':
    unittest.main()
