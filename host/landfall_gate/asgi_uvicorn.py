"""The gate of uvicorn's worker."""

from __future__ import annotations

from landfall_gate.asgi import AsgiGate
from landfall_gate.asgi_drain import Drain
from landfall_gate.gated import drain_limit
from landfall_gate.lifespan import Lifespan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_gate.gunicorn_types import MakeProtocol, UvicornWorker
else:
    UvicornWorker = object


class UvicornGate(AsgiGate, UvicornWorker):
    async def _serve(self) -> None:
        limit = drain_limit(self.cfg)
        # At this limit uvicorn cancels the requests that are left, and shuts the app down.
        if getattr(self.config, 'timeout_graceful_shutdown', limit) is None:
            self.config.timeout_graceful_shutdown = limit
        lifespan = watched_lifespan(self.config)
        self.guard(Drain(limit))
        try:
            await super()._serve()
        except SystemExit as error:
            if self.gate.on_trial and not self.gate.is_open and error.code:
                self.gate.refuse(lifespan.refusal())
            raise

    async def prove(self, make_protocol: MakeProtocol) -> bool:
        try:
            return await super().prove(make_protocol)
        finally:
            # Questions do not count for max_requests.
            state = getattr(make_protocol(), 'server_state', None)
            if state is not None and hasattr(state, 'total_requests'):
                state.total_requests = 0


def watched_lifespan(config: Any) -> Lifespan:
    """Watches the app that this uvicorn configuration loads, once uvicorn has made an ASGI 3 app of it."""
    lifespan, load = Lifespan(), config.load

    def load_and_watch() -> None:
        load()
        config.loaded_app = lifespan.watched(config.loaded_app)

    config.load = load_and_watch
    return lifespan
