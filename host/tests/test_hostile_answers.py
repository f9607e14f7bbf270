"""Hostile answers of a server, read by each of the three who ask from the host."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import threading
import time
import unittest

from landfall_gate import judge, readiness_request
from landfall_host import probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, 'hostile_answers.json'), encoding='utf-8') as file:
    EXAMPLES = json.load(file)
# Seconds for one question, far less than for a whole answer of those who drip.
LIMIT, FAR_BEYOND = 0.6, 5.0


def rehearsal() -> Any:
    path = os.path.join(HERE, '..', 'rehearse.py')
    spec = importlib.util.spec_from_file_location('rehearse', path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wire(example: dict[str, Any]) -> bytes:
    head: bytes = example['wire'].encode()
    head += b''.join(b'X-%d: 1\r\n' % at for at in range(example.get('lines', 0)))
    fill: int = example.get('fill', 0)
    return head + (b'\r\n' if example.get('lines') else b'') + b'x' * fill


class Hostile(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def server(self, example: dict[str, Any]) -> int:
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        def serve() -> None:
            connection = listener.accept()[0]
            with connection:
                connection.recv(1 << 16)
                try:
                    connection.sendall(wire(example))
                    while example.get('drips'):
                        connection.sendall(b'x')
                        time.sleep(0.05)
                    if example.get('hangs'):
                        connection.recv(1)
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port: int = listener.getsockname()[1]
        return port

    def check(self, ask: Callable[[int], tuple[int | None, str]], take: Callable[[Any], bool]) -> None:
        for example in EXAMPLES:
            if not take(example):
                continue
            with self.subTest(example['name']):
                began = time.monotonic()
                status, text = ask(self.server(example))
                self.assertLess(time.monotonic() - began, FAR_BEYOND)
                wanted = example['status']
                self.assertIn(status, wanted if isinstance(wanted, list) else [wanted])
                self.assertLess(len(text), 1 << 17)
                if 'body' in example:
                    self.assertIn(example['body'], text)

    def test_the_probe(self) -> None:
        def ask(port: int) -> tuple[int | None, str]:
            said = probe.get({'host': '127.0.0.1', 'port': port}, '/', {}, int(LIMIT * 1000))
            self.assertEqual(said['status'] is None, said['error'] is not None)
            return said['status'], said['body']

        self.check(ask, lambda _: True)

    def test_the_rehearsal(self) -> None:
        rehearse = rehearsal()

        def ask(port: int) -> tuple[int | None, str]:
            status, _, cause = rehearse.ask(port, {'path': '/'}, judge, LIMIT)
            self.assertEqual(status == 200 or status == 204, cause is None)
            return status, ''

        self.check(ask, lambda example: not example.get('body'))

    def test_the_gate(self) -> None:
        for example in EXAMPLES:
            if example.get('hangs') or example.get('drips'):
                continue
            with self.subTest(example['name']):
                status, text = readiness_request.read_answer(wire(example))[:2]
                wanted = example['status']
                self.assertIn(status, wanted if isinstance(wanted, list) else [wanted])
                self.assertLess(len(text), 5000)

    def test_a_connection_alone_is_an_answer_where_that_is_asked(self) -> None:
        port = self.server({'wire': '', 'hangs': True})
        said = probe.get({'host': '127.0.0.1', 'port': port}, '/', {}, 5000, 'tcp')
        self.assertEqual((said['status'], said['error']), (200, None))
        closed = socket.create_server(('127.0.0.1', 0))
        port = closed.getsockname()[1]
        closed.close()
        said = probe.get({'host': '127.0.0.1', 'port': port}, '/', {}, 5000, 'tcp')
        self.assertIsNone(said['status'])
        self.assertRegex(said['error'] or '', 'refused')


if __name__ == '__main__':
    unittest.main()
