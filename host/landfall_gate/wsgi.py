"""Asks a WSGI app for its readiness, through the method of the worker that will serve its clients."""

from __future__ import annotations

import time

from gunicorn import http

from landfall_gate.channel import say_traceback
from landfall_gate.error_words import in_words
from landfall_gate.readiness_request import client_of, read_answer, request_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Callable

    from landfall_gate.gated import Gated
    from landfall_gate.gunicorn_types import Answer


def prove(worker: Gated, ask: Callable[[bytes], Answer]) -> bool:
    """Asks until the answer is good; `ask` sends the request. False: the worker was told to stop meanwhile."""
    gate, settings = worker.gate, worker.gate.settings
    gate.asking()
    request = request_bytes(settings.path, settings.headers)
    worker.nr = float('-inf')  # Questions do not count for max_requests.
    while worker.alive and gate.must_ask():
        try:
            answer = ask(request)
        except Exception as error:
            gate.cannot_ask(error)
            break
        if gate.accepts(*answer) or gate.time_is_up():
            break
        time.sleep(gate.next_pause())
    worker.nr = 0
    gate.proven()
    while worker.alive and gate.others_pending():
        worker.notify()
        time.sleep(0.02)
    return worker.alive


def parse(worker: Gated, sock: InMemory) -> Any:
    return next(http.RequestParser(worker.cfg, sock, sock.getpeername()))


def answered(worker: Gated, sock: InMemory, call: Callable[[], object]) -> Answer:
    """Calls the worker's handler. An exception counts as the 500 that a client would get."""
    try:
        call()
    except Exception as error:
        say_traceback(error)
        return 500, in_words(error)
    return read_answer(bytes(sock.written))


class InMemory:
    """As much of a client's socket as Gunicorn's parser and response need."""

    def __init__(self, request: bytes, listener: Any) -> None:
        self.request, self.listener, self.written = request, listener, bytearray()

    def recv(self, size: int) -> bytes:
        part, self.request = self.request[:size], self.request[size:]
        return part

    def sendall(self, data: bytes) -> None:
        self.written += data

    send = sendall

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:
        file.seek(offset)
        data = file.read() if count is None else file.read(count)
        self.written += data
        return len(data)

    def setblocking(self, _: object) -> None:
        pass

    settimeout = setblocking

    def gettimeout(self) -> None:
        return None

    def getsockname(self) -> Any:
        return self.listener.getsockname()

    def getpeername(self) -> Any:
        return client_of(self.listener)

    def shutdown(self, _: object) -> None:
        pass

    def close(self) -> None:
        pass
