"""The gate of a worker of Hypercorn, which serves on asyncio's loop or on uvloop's.

When Hypercorn ends, it closes idle connections at once, and with them requests that are on their way. So the gate
drains its connections before Hypercorn hears of the end: `serve.py` waits for that.
"""

from __future__ import annotations

import asyncio
import signal

from landfall_gate.alone import UvicornAlone
from landfall_gate.asgi_drain import CONNECTION, announcing
from landfall_gate.instance import DRAINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_gate.asgi import OpenServer
    from landfall_gate.gunicorn_types import Receive, Scope, Send
    from landfall_gate.settings import Settings

# Seconds between two looks whether the instance is told to stop.
LOOK = 0.1


class HypercornAlone(UvicornAlone):
    def __init__(self, settings: Settings, workers: int, stop: float) -> None:
        super().__init__(settings, workers, stop)
        # Once one worker has ended, Hypercorn sends SIGTERM to those that still shut the app down.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = CONNECTION.get(None)
        if connection is None or self.drain is None:
            await self.target(scope, receive, send)
        else:
            await announcing(self.target, connection, self.drain)(scope, receive, send)

    def has_opened(self, server: OpenServer) -> None:
        loop = asyncio.get_running_loop()

        def look() -> None:
            if self.gate.instance.stopping:
                server.close()
            else:
                loop.call_later(LOOK, look)

        look()

    def has_drained(self) -> None:
        self.gate.reach(DRAINED)
