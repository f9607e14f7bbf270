"""The gate of Gunicorn's own ASGI worker."""

from __future__ import annotations

from landfall_gate.asgi import AsgiGate
from landfall_gate.asgi_drain import Drain
from landfall_gate.gated import drain_limit
from landfall_gate.lifespan import Lifespan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_gate.gunicorn_types import GunicornAsgiWorker, MakeProtocol
else:
    GunicornAsgiWorker = object


class GunicornAsgiGate(AsgiGate, GunicornAsgiWorker):
    _alive = True
    _drain: Drain | None = None
    # Gunicorn has a `lifespan` of its own.
    gate_lifespan: Lifespan

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
        self.gate_lifespan = Lifespan()
        self.asgi = self.gate_lifespan.watched(self.asgi)

    async def _serve(self) -> None:
        self._drain = Drain(drain_limit(self.cfg), self._drained)
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
        """Older versions continue after a lifespan that says that it failed."""
        if self.gate.on_trial and not self.gate.is_open and self.gate_lifespan.failed:
            self.gate.refuse(self.gate_lifespan.refusal())

    def _drained(self) -> None:
        self._alive = False

    async def _shutdown(self) -> None:
        if self._drain is not None and self._drain.begun is not None:
            self.nr_conns = 0  # Some versions forget to count down, and would wait without end.
        await super()._shutdown()
