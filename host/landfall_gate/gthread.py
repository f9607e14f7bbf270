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

from landfall_gate.gated import LINGER, Gated, drain_limit
from landfall_gate.question import CLIENT
from landfall_gate.wsgi_question import InMemory, answered, parse, prove

TICK = 0.05


class ThreadGate(Gated):
    """Draining, it goes on as if nothing had happened, only without a listener: its loop still serves
    kept-alive connections, each response says `Connection: close`, and the last one ends the loop."""

    _alive, _serving, _told_to_stop, _draining, _question = True, False, None, False, None

    @property
    def alive(self):
        return self._alive

    @alive.setter
    def alive(self, value):
        """Any thread, or a signal's handler, may end the worker: the main thread does it, in `notify`."""
        if value or not self._serving:
            self._alive = value
        elif self._told_to_stop is None:
            self._told_to_stop = time.monotonic()
            self.wake()

    def run(self):
        if not prove(self, self.ask):
            return
        # Signals write to this pipe: the loop hears of them at once.
        self.poller.register(self.PIPE[0], selectors.EVENT_READ, self.woken)
        self._serving = True
        self.gate.opened()
        super().run()

    def ask(self, request):
        """In the pool, as the app is used to. One that hangs keeps its thread: never two at a time."""
        seconds = self.gate.question_limit()
        late = self._question is not None and not self._question.done()
        if not late:
            self._question = self.tpool.submit(self.answer, request)
        try:
            answer = self._question.result(seconds)
        except concurrent.futures.TimeoutError:
            return None, f'did not answer within {seconds:.2g} s'
        return (None, f'did not answer within {seconds:.2g} s') if late else answer

    def answer(self, request):
        sock = InMemory(request)
        connection = types.SimpleNamespace(sock=sock, client=CLIENT, server=self.sockets[0].getsockname())
        return answered(self, sock, lambda: self.handle_request(parse(self, sock), connection))

    def notify(self):
        """The loop calls this each time round."""
        super().notify()
        if self._told_to_stop is not None and self._alive:
            self.drain()

    def drain(self):
        if not self._draining:
            self._draining = True
            self.log.info('landfall gate: draining, %d connections', self.nr_conns)
            self.stop_accepting()
            self.max_keepalived = -1  # each response closes its connection
            self.cfg.set('keepalive', min(self.cfg.keepalive, int(LINGER)))
            threading.Thread(target=self.tick, daemon=True).start()
        since = time.monotonic() - self._told_to_stop
        if since >= LINGER:
            for connection in [*self.kept(), *getattr(self, 'pending_conns', ())]:
                if not readable(connection.sock):
                    connection.timeout = 0  # the loop closes it in a moment
        if self.nr_conns <= 0 or since >= drain_limit(self.cfg):
            self._alive = False

    def stop_accepting(self):
        if hasattr(self, 'method_queue'):  # from 25.0 on
            self.set_accept_enabled(False)
        for listener in self.sockets:
            try:
                self.poller.unregister(listener)
            except (KeyError, ValueError):
                pass
            listener.close()

    def set_accept_enabled(self, enabled):
        """Newer versions accept again when there is room; a closed listener never has any."""
        if not (enabled and self._draining):
            super().set_accept_enabled(enabled)

    def kept(self):
        return list(self.keepalived_conns if hasattr(self, 'keepalived_conns') else self._keep)

    def handle(self, conn):
        """In the pool. Where the worker waits for a new connection's first bytes, a drain must be able to end it."""
        if not hasattr(conn, 'wait_for_data') and not getattr(conn, 'gate_has_spoken', False):
            conn.gate_has_spoken = True
            while not readable(conn.sock, 0.2):
                if self._told_to_stop is not None and time.monotonic() - self._told_to_stop >= LINGER:
                    conn.sock.shutdown(socket.SHUT_RD)
                    break
        return super().handle(conn)

    def finish_request(self, *args):
        super().finish_request(*args)
        if self._draining:
            self.wake()

    def wake(self):
        try:
            os.write(self.PIPE[1], b'.')
        except (OSError, IndexError):
            pass

    def woken(self, _):
        try:
            os.read(self.PIPE[0], 4096)
        except OSError:
            pass

    def tick(self):
        """Older loops sleep for a second at a time."""
        while self._alive:
            self.wake()
            time.sleep(TICK)


def readable(sock, seconds=0.0):
    poll = select.poll()
    try:
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    except (OSError, ValueError):
        return True
