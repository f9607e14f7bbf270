"""The gate of Gunicorn's threaded worker: connections in the main thread, requests in a pool."""

from __future__ import annotations

import concurrent.futures
import os
import select
import selectors
import socket
import threading
import time
import types

from landfall_gate.channel import say
from landfall_gate.gated import LINGER, Gated, drain_limit
from landfall_gate.readiness_request import client_of
from landfall_gate.wsgi import InMemory, answered, parse, prove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_gate.gunicorn_types import Answer, ThreadWorker
else:
    ThreadWorker = object

TICK = 0.05


class ThreadGate(Gated, ThreadWorker):
    """While it drains, its loop continues without a listener, and still serves kept-alive connections.

    Each response says `Connection: close`, and the last connection ends the loop.
    """

    _alive, _serving, _draining = True, False, False
    # When the worker was told to stop.
    _told_to_stop: float | None = None
    _question: concurrent.futures.Future[Answer] | None = None

    @property
    def alive(self) -> bool:
        return self._alive

    @alive.setter
    def alive(self, value: bool) -> None:
        """Any thread, or a signal's handler, may end the worker. The main thread does so, in `notify`."""
        if value or not self._serving:
            self._alive = value
        elif self._told_to_stop is None:
            self._told_to_stop = time.monotonic()
            self.wake()

    def run(self) -> None:
        if not prove(self, self.ask):
            return
        # Signals write to this pipe, so that the loop sees them at once.
        self.poller.register(self.PIPE[0], selectors.EVENT_READ, self.woken)
        self._serving = True
        self.gate.opened()
        super().run()

    def ask(self, request: bytes) -> Answer:
        """In the pool, as the app expects. A question that hangs keeps its thread, so there is one at a time."""
        seconds = self.gate.question_limit()
        question = self._question
        late = question is not None and not question.done()
        if question is None or not late:
            question = self._question = self.tpool.submit(self.answer, request)
        try:
            answer = question.result(seconds)
        except concurrent.futures.TimeoutError:
            return None, f'did not answer within {seconds:.2g} s'
        return (None, f'did not answer within {seconds:.2g} s') if late else answer

    def answer(self, request: bytes) -> Answer:
        listener = self.sockets[0]
        sock, client = InMemory(request, listener), client_of(listener)
        connection = types.SimpleNamespace(sock=sock, client=client, server=listener.getsockname())
        return answered(self, sock, lambda: self.handle_request(parse(self, sock), connection))

    def notify(self) -> None:
        """The loop calls this in each round."""
        super().notify()
        if self._told_to_stop is not None and self._alive:
            self.drain(time.monotonic() - self._told_to_stop)

    def drain(self, since: float) -> None:
        """`since`: seconds since the worker was told to stop."""
        if not self._draining:
            self._draining = True
            say(f'draining, {self.nr_conns} connections')
            self.stop_accepting()
            self.max_keepalived = -1  # each response closes its connection
            self.cfg.set('keepalive', min(self.cfg.keepalive, int(LINGER)))
            threading.Thread(target=self.tick, daemon=True).start()
        if since >= LINGER:
            for connection in [*self.kept(), *getattr(self, 'pending_conns', ())]:
                if not readable(connection.sock):
                    connection.timeout = 0  # The loop closes it in its next round.
        if self.nr_conns <= 0 or since >= drain_limit(self.cfg):
            self._alive = False

    def stop_accepting(self) -> None:
        if hasattr(self, 'method_queue'):  # from 25.0 on
            self.set_accept_enabled(False)
        for listener in self.sockets:
            try:
                self.poller.unregister(listener)
            except (KeyError, ValueError):
                pass
            listener.close()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Newer versions accept again when there is room. A closed listener must stay closed."""
        if not (enabled and self._draining):
            super().set_accept_enabled(enabled)

    def kept(self) -> list[Any]:
        return list(self.keepalived_conns if hasattr(self, 'keepalived_conns') else self._keep)

    def handle(self, conn: Any) -> Any:
        """In the pool. A drain must be able to end the wait for a new connection's first bytes."""
        if not hasattr(conn, 'wait_for_data') and not getattr(conn, 'gate_has_spoken', False):
            conn.gate_has_spoken = True
            while not readable(conn.sock, 0.2):
                if self._told_to_stop is not None and time.monotonic() - self._told_to_stop >= LINGER:
                    conn.sock.shutdown(socket.SHUT_RD)
                    break
        return super().handle(conn)

    def finish_request(self, *args: Any) -> None:
        super().finish_request(*args)
        if self._draining:
            self.wake()

    def wake(self) -> None:
        try:
            os.write(self.PIPE[1], b'.')
        except (OSError, IndexError):
            pass

    def woken(self, _: object) -> None:
        try:
            os.read(self.PIPE[0], 4096)
        except OSError:
            pass

    def tick(self) -> None:
        """Older versions' loops sleep for a second at a time."""
        while self._alive:
            self.wake()
            time.sleep(TICK)


def readable(sock: Any, seconds: float = 0.0) -> bool:
    poll = select.poll()
    try:
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    except (OSError, ValueError):
        return True
