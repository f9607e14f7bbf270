"""An answer that is as large as its server likes."""

from __future__ import annotations

import signal
import socket
import threading
import unittest

from landfall_host import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Answers(unittest.TestCase):
    def answer(self, *lines: bytes) -> dict[str, Any]:
        """The result of `get` from a server that sends these lines."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def serve() -> None:
            connection = listener.accept()[0]
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b'\r\n'.join(lines))

        server = threading.Thread(target=serve)
        server.start()
        self.addCleanup(server.join)
        # `get` has a process of its own in service; here its alarm would ring in another test.
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        return probe.get({'host': '127.0.0.1', 'port': listener.getsockname()[1]}, '/', {}, 5000)

    def test_of_headers_no_more_is_taken_than_can_be_looked_at(self) -> None:
        said = self.answer(
            b'HTTP/1.0 200 OK', *(b'X-%d: %s' % (at, b'%26amp;+' * 8000) for at in range(90)), b'', b'body'
        )
        self.assertEqual((said['status'], said['body'], said['error']), (200, 'body', None))
        self.assertEqual(len(said['headers']), probe.MOST_FIELDS)
        self.assertLess(sum(map(len, said['headers'].values())), 100000)

    def test_names_are_bounded_too(self) -> None:
        said = self.answer(b'HTTP/1.0 200 OK', b'X' * 60000 + b': y', b'', b'')
        self.assertEqual([len(name) < 1100 for name in said['headers']], [True])


if __name__ == '__main__':
    unittest.main()
