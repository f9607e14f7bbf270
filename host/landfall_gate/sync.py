"""The gate of Gunicorn's sync worker: one request at a time, in the main thread."""

from __future__ import annotations

import select
import signal
import time

from landfall_gate.gated import LINGER, Gated
from landfall_gate.question import CLIENT
from landfall_gate.wsgi_question import InMemory, answered, parse, prove


class TooLong(BaseException):
    """Passes through an app that catches Exception."""


class Listener:
    """The socket that a connection came from, which still knows its name when it is closed meanwhile."""

    def __init__(self, listener):
        self.listener, self.name = listener, listener.getsockname()

    def getsockname(self):
        return self.name

    def __getattr__(self, name):
        return getattr(self.listener, name)


class SyncGate(Gated):
    _busy, _told_to_stop = False, None

    def run(self):
        if prove(self, self.ask):
            self.gate.opened()
            super().run()

    def ask(self, request):
        """In the main thread, as the app is used to. The alarm bounds what runs in Python, or waits there."""
        seconds = self.gate.question_limit()

        def too_long(*_):
            raise TooLong()

        previous = signal.signal(signal.SIGALRM, too_long)
        sock = InMemory(request)
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            parsed = parse(self, sock)
            return answered(self, sock, lambda: self.handle_request(self.sockets[0], parsed, sock, CLIENT))
        except TooLong:
            return None, f'did not answer within {seconds:.2g} s'
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous or signal.SIG_DFL)

    def handle(self, listener, client, addr):
        listener = Listener(listener)
        self._busy = True
        try:
            if self.request_comes(client):
                super().handle(listener, client, addr)
            else:
                client.close()
        finally:
            self._busy = False

    def request_comes(self, client):
        """Waits for a request as the worker itself would, but not for long once it was told to stop."""
        poll = select.poll()
        poll.register(client, select.POLLIN)
        while not poll.poll(200):
            if self._told_to_stop is not None and time.monotonic() - self._told_to_stop >= LINGER:
                return False
        return True

    def handle_exit(self, sig, frame):
        self._told_to_stop = time.monotonic()
        super().handle_exit(sig, frame)
        # The worker's loop looks at one socket only after it has seen that it is to stop; with several
        # it would still accept on the next one.
        if self._busy and len(self.sockets) == 1:
            self.sockets[0].close()
