"""An answer that is as large as its server likes."""

from __future__ import annotations

import signal
import socket
import threading
import unittest

from landfall_host import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import ProbeAnswer


class Answers(unittest.TestCase):
    def answer(self, *lines: bytes, within: int = 5000, ends: bool = True) -> ProbeAnswer:
        """The result of `get` from a server that sends these lines, and then waits unless it ends the answer."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def serve() -> None:
            connection = listener.accept()[0]
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b'\r\n'.join(lines))
                if not ends:
                    connection.recv(1)

        server = threading.Thread(target=serve)
        server.start()
        self.addCleanup(server.join)
        # `get` has a process of its own in service; here its alarm would ring in another test.
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        return probe.get({'host': '127.0.0.1', 'port': listener.getsockname()[1]}, '/', {}, within)

    def test_of_headers_no_more_is_taken_than_can_be_looked_at(self) -> None:
        said = self.answer(
            b'HTTP/1.0 200 OK', *(b'X-%d: %s' % (at, b'%26amp;+' * 8000) for at in range(90)), b'', b'body'
        )
        self.assertEqual((said['status'], said['body'], said['error']), (200, 'body', None))
        self.assertEqual(len(said['headers']), probe.MOST_FIELDS)
        self.assertLess(sum(map(len, said['headers'].values())), 100000)

    def test_without_the_end_of_the_body_there_is_no_answer(self) -> None:
        said = self.answer(b'HTTP/1.0 200 OK', b'Content-Length: 5', b'', b'bo', within=100, ends=False)
        self.assertEqual((said['status'], said['error']), (None, 'no answer within 100 ms'))

    def test_names_are_bounded_too(self) -> None:
        said = self.answer(b'HTTP/1.0 200 OK', b'X' * 60000 + b': y', b'', b'')
        self.assertEqual([len(name) < 1100 for name in said['headers']], [True])


if __name__ == '__main__':
    unittest.main()
