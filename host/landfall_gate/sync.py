"""The gate of Gunicorn's sync worker: one request at a time, in the main thread."""

from __future__ import annotations

import select
import signal
import time

from landfall_gate.gated import LINGER, Gated
from landfall_gate.readiness_request import client_of
from landfall_gate.wsgi import InMemory, answered, parse, prove

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from types import FrameType
    from typing import Any

    from landfall_gate.gunicorn_types import Answer, SyncWorker
else:
    SyncWorker = object


class TooLong(BaseException):
    """Passes through an app that catches Exception."""


class Listener:
    """The socket that a connection came from. Still knows its name when the socket is closed meanwhile."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener, self.name = listener, listener.getsockname()

    def getsockname(self) -> Any:
        return self.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.listener, name)


class SyncGate(Gated, SyncWorker):
    _busy = False
    # When the worker was told to stop.
    _told_to_stop: float | None = None

    def run(self) -> None:
        if prove(self, self.ask):
            self.gate.opened()
            super().run()

    def ask(self, request: bytes) -> Answer:
        """In the main thread, as the app expects. The alarm bounds code that runs in Python, or waits there."""
        seconds = self.gate.question_limit()

        def too_long(*_: object) -> None:
            raise TooLong()

        previous = signal.signal(signal.SIGALRM, too_long)
        listener = self.sockets[0]
        sock, client = InMemory(request, listener), client_of(listener)
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            parsed = parse(self, sock)
            return answered(self, sock, lambda: self.handle_request(listener, parsed, sock, client))
        except TooLong:
            return None, f'did not answer within {seconds:.2g} s'
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous or signal.SIG_DFL)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        # Before the wait for a request, in which `handle_exit` may close the socket.
        listener = Listener(listener)
        self._busy = True
        try:
            if self.request_comes(client):
                super().handle(listener, client, addr)
            else:
                client.close()
        finally:
            self._busy = False

    def request_comes(self, client: socket.socket) -> bool:
        """Waits for a request as the worker itself would; after it was told to stop, for LINGER at most."""
        poll = select.poll()
        poll.register(client, select.POLLIN)
        while not poll.poll(200):
            if self._told_to_stop is not None and time.monotonic() - self._told_to_stop >= LINGER:
                return False
        return True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._told_to_stop = time.monotonic()
        super().handle_exit(sig, frame)
        # With one socket, the worker's loop checks for the stop before it accepts. With several it would still
        # accept on the next one.
        if self._busy and len(self.sockets) == 1:
            self.sockets[0].close()
