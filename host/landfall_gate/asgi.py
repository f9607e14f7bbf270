"""The gate of uvicorn's worker and of Gunicorn's own ASGI worker.

Both start the app's lifespan and then call `loop.create_server` with one of the worker's sockets.
That call is where the gate stands: nothing else of theirs has to be known to open late.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal

from landfall_gate.asgi_drain import Drain, attached_also_late
from landfall_gate.asgi_question import ask
from landfall_gate.gated import Gated, drain_limit
from landfall_gate.question import request_bytes
from landfall_gate.shorten import ending


class AsgiGate(Gated):
    def guard(self, drain):
        """Makes this loop open the worker's sockets only when the gate does."""
        loop, gate = asyncio.get_running_loop(), self.gate
        create_server = loop.create_server
        sockets = {each.fileno() for each in self.sockets}
        passed, late = [], None
        if gate.on_trial:
            late = loop.call_later(
                max(gate.left(), 0),
                gate.refuse,
                f'not ready within {gate.settings.timeout:g} s: the application has not '
                'finished its start-up (lifespan)',
            )

        async def guarded(make_protocol, *args, **kwargs):
            sock = kwargs.get('sock')
            if sock is None or sock.fileno() not in sockets:
                return await create_server(make_protocol, *args, **kwargs)
            if late is not None:
                late.cancel()
            if not passed and not await self.prove(make_protocol):
                return NoServer()
            make = drain.adopting(make_protocol)
            server = attached_also_late(await create_server(make, *args, **kwargs))
            passed.append(server)
            if len(passed) == len(sockets):
                loop.create_server = create_server
                gate.opened()
            return OpenServer(server, drain)

        loop.create_server = guarded

    async def prove(self, make_protocol):
        """False if the worker was told to stop meanwhile."""
        gate, settings = self.gate, self.gate.settings
        gate.asking()
        request = request_bytes(settings.path, settings.headers)
        server = self.sockets[0].getsockname()
        server = server if isinstance(server, tuple) else ('127.0.0.1', 80)
        with told_to_stop() as told:
            while gate.must_ask():
                try:
                    answer = await ask(make_protocol, request, gate.question_limit(), server, self.cfg.is_ssl)
                except Exception as error:
                    gate.cannot_ask(error)
                    break
                if told or gate.accepts(*answer) or gate.time_is_up():
                    break
                await asyncio.sleep(gate.next_pause())
            gate.proven()
            while not told and gate.others_pending():
                gate.worker.notify()
                await asyncio.sleep(0.02)
            return not told


class UvicornGate(AsgiGate):
    async def _serve(self):
        limit = drain_limit(self.cfg)
        # Then uvicorn cancels what is left, and shuts the app down.
        if getattr(self.config, 'timeout_graceful_shutdown', limit) is None:
            self.config.timeout_graceful_shutdown = limit
        self.guard(Drain(limit, self.log))
        try:
            await super()._serve()
        except SystemExit as error:
            if self.gate.on_trial and not self.gate.is_open and error.code:
                self.gate.refuse('not ready: the start-up of the application (lifespan) failed')
            raise

    async def prove(self, make_protocol):
        try:
            return await super().prove(make_protocol)
        finally:
            # Questions are no requests: they do not count for max_requests.
            state = getattr(make_protocol(), 'server_state', None)
            if hasattr(state, 'total_requests'):
                state.total_requests = 0


class GunicornAsgiGate(AsgiGate):
    _alive, _drain, lifespan_failed = True, None, None

    @property
    def alive(self):
        """Stays true while the worker drains, so that Gunicorn's protocol closes nothing unannounced."""
        return self._alive

    @alive.setter
    def alive(self, value):
        drain = self._drain
        if value or drain is None or not self.gate.is_open:
            self._alive = value
        elif drain.begun is None:
            for server in self.servers:
                server.close()
            for sock in self.sockets:
                sock.close()
        if not value and drain is not None and self._quick_shutdown:
            drain.finish_now()

    def load_wsgi(self):
        super().load_wsgi()
        self.asgi = self.watched(self.asgi)

    def watched(self, app):
        """Older versions go on after a lifespan that says it failed."""

        async def call(scope, receive, send):
            async def tell(message):
                if message['type'] == 'lifespan.startup.failed':
                    self.lifespan_failed = message.get('message') or 'no reason given'
                await send(message)

            return await app(scope, receive, tell if scope['type'] == 'lifespan' else send)

        return call

    async def _serve(self):
        self._drain = Drain(drain_limit(self.cfg), self.log, self._drained)
        self.guard(self._drain)
        try:
            await super()._serve()
        except SystemExit:
            self.refuse_failed_lifespan()
            raise

    async def prove(self, make_protocol):
        self.refuse_failed_lifespan()
        self.nr = float('-inf')  # questions do not count for max_requests
        try:
            return await super().prove(make_protocol)
        finally:
            self.nr = 0

    def refuse_failed_lifespan(self):
        if self.gate.on_trial and not self.gate.is_open and self.lifespan_failed:
            self.gate.refuse(
                'not ready: the start-up of the application (lifespan) failed: '
                + ending(str(self.lifespan_failed).strip(), 500)
            )

    def _drained(self):
        self._alive = False

    async def _shutdown(self):
        if self._drain.begun is not None:
            self.nr_conns = 0  # some versions forget to count down, and would wait for nobody
        await super()._shutdown()


class OpenServer:
    """The loop's server; when the worker closes it, to go, the drain begins."""

    def __init__(self, server, drain):
        self.server, self.drain = server, drain

    def close(self):
        self.server.close()
        self.drain.begin()

    def __getattr__(self, name):
        return getattr(self.server, name)


class NoServer:
    """What a worker gets that was told to stop before it opened: it then shuts down in its own way."""

    sockets = ()

    def close(self):
        pass

    async def wait_closed(self):
        pass


@contextlib.contextmanager
def told_to_stop():
    """A list that is no longer empty once the worker was told to stop; its own handlers still run."""
    told, previous = [], {}

    def note(number, frame):
        told.append(number)
        if callable(previous[number]):
            previous[number](number, frame)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        previous[number] = signal.signal(number, note)
    try:
        yield told
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
