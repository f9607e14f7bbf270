"""The gate of Gunicorn's own ASGI worker."""

from __future__ import annotations

from landfall_gate.asgi import AsgiGate
from landfall_gate.asgi_drain import Drain
from landfall_gate.gated import drain_limit
from landfall_gate.shorten import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_gate.gunicorn_types import (
        App,
        GunicornAsgiWorker,
        MakeProtocol,
        Message,
        Receive,
        Scope,
        Send,
    )
else:
    GunicornAsgiWorker = object


class GunicornAsgiGate(AsgiGate, GunicornAsgiWorker):
    _alive = True
    _drain: Drain | None = None
    lifespan_failed: str | None = None

    @property
    def alive(self) -> bool:
        """Stays true while the worker drains, so that Gunicorn's protocol closes nothing unannounced."""
        return self._alive

    @alive.setter
    def alive(self, value: bool) -> None:
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

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.asgi = self.watched(self.asgi)

    def watched(self, app: App) -> App:
        """Older versions continue after a lifespan that says that it failed."""

        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            async def tell(message: Message) -> None:
                if message['type'] == 'lifespan.startup.failed':
                    self.lifespan_failed = message.get('message') or 'no reason given'
                await send(message)

            return await app(scope, receive, tell if scope['type'] == 'lifespan' else send)

        return call

    async def _serve(self) -> None:
        self._drain = Drain(drain_limit(self.cfg), self.log, self._drained)
        self.guard(self._drain)
        try:
            await super()._serve()
        except SystemExit:
            self.refuse_failed_lifespan()
            raise

    async def prove(self, make_protocol: MakeProtocol) -> bool:
        self.refuse_failed_lifespan()
        self.nr = float('-inf')  # Questions do not count for max_requests.
        try:
            return await super().prove(make_protocol)
        finally:
            self.nr = 0

    def refuse_failed_lifespan(self) -> None:
        if self.gate.on_trial and not self.gate.is_open and self.lifespan_failed:
            why = ending(str(self.lifespan_failed).strip(), 500)
            self.gate.refuse(f'not ready: the start-up of the application (lifespan) failed: {why}')

    def _drained(self) -> None:
        self._alive = False

    async def _shutdown(self) -> None:
        if self._drain is not None and self._drain.begun is not None:
            self.nr_conns = 0  # Some versions forget to count down, and would wait without end.
        await super()._shutdown()
