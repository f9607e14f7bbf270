"""The gate of uvicorn's worker."""

from __future__ import annotations

from landfall_gate.asgi import AsgiGate
from landfall_gate.asgi_drain import Drain
from landfall_gate.gated import drain_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_gate.gunicorn_types import MakeProtocol, UvicornWorker
else:
    UvicornWorker = object


class UvicornGate(AsgiGate, UvicornWorker):
    async def _serve(self) -> None:
        limit = drain_limit(self.cfg)
        # At this limit uvicorn cancels the requests that are left, and shuts the app down.
        if getattr(self.config, 'timeout_graceful_shutdown', limit) is None:
            self.config.timeout_graceful_shutdown = limit
        self.guard(Drain(limit, self.log))
        try:
            await super()._serve()
        except SystemExit as error:
            if self.gate.on_trial and not self.gate.is_open and error.code:
                self.gate.refuse('not ready: the start-up of the application (lifespan) failed')
            raise

    async def prove(self, make_protocol: MakeProtocol) -> bool:
        try:
            return await super().prove(make_protocol)
        finally:
            # Questions do not count for max_requests.
            state = getattr(make_protocol(), 'server_state', None)
            if state is not None and hasattr(state, 'total_requests'):
                state.total_requests = 0
