"""The gate of a worker of uvicorn without Gunicorn. `serve.py` is its supervisor."""

from __future__ import annotations

import os
import socket
import types

from landfall_gate import notify
from landfall_gate.asgi import AsgiGate
from landfall_gate.asgi_drain import Drain
from landfall_gate.channel import say_traceback
from landfall_gate.error_words import in_words
from landfall_gate.gate import Gate
from landfall_gate.instance import STAGES
from landfall_gate.lifespan import Lifespan
from landfall_gate.master_state import MASTER
from landfall_gate.settings import read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_gate.gunicorn_types import App, Message, Receive, Scope, Send
    from landfall_gate.settings import Settings


class AloneWorker(AsgiGate):
    def __init__(self, settings: Settings, workers: int, stop: float) -> None:
        """`stop`: seconds, the graceful timeout of the server."""
        self.pid, self.stop = os.getpid(), stop
        # Known when uvicorn opens it: a worker that is spawned gets it under another number.
        self.sockets = []
        self.cfg = types.SimpleNamespace(workers=workers, is_ssl=False)
        self.gate = Gate(self, settings)
        self.start_up = Lifespan()

    def notify(self) -> None:
        """No master waits for a sign of life."""

    def loaded(self, load: Callable[[], Any]) -> Any:
        """The app of the release. An import that fails refuses a release on trial."""
        notify.hide_from_app()
        try:
            app = load()
        except Exception as error:
            self.failed(error, in_words(error))
            raise
        except SystemExit as error:
            self.failed(error, f'exit status {error.code}')
            raise
        self.gate.imported(os.environ['LANDFALL_APP'])
        return app

    def failed(self, error: BaseException, what: str) -> None:
        if self.gate.on_trial:
            say_traceback(error)
            stage = self.gate.instance.leave(self.pid)
            self.gate.reach(stage)
            self.gate.refuse(f'not ready: {what} while {STAGES.get(stage, "booting")}')

    async def lifespan(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """The app's lifespan. uvicorn opens its listener after it, so here the gate gets into its loop."""
        self.guard(Drain(max(self.stop - 1, self.stop / 2)))

        async def tell(message: Message) -> None:
            await send(message)
            if message['type'] == 'lifespan.startup.failed' and self.gate.on_trial and not self.gate.is_open:
                self.gate.refuse(self.start_up.refusal())

        await self.start_up.watched(app)(scope, receive, tell)

    def is_own(self, sock: socket.socket) -> bool:
        if str(os.fstat(sock.fileno()).st_ino) != os.environ['LANDFALL_SOCKET']:
            return False
        # uvicorn takes every descriptor for a unix socket, and its loop would then set no TCP_NODELAY.
        self.sockets = [socket.socket(fileno=os.dup(sock.fileno()))]
        return True

    def to_open(self, sock: socket.socket) -> socket.socket:
        return self.sockets[0]


def gated_worker() -> AloneWorker | None:
    """None: `serve.py` has started the server without a gate."""
    if MASTER.instance.path is None:
        return None
    workers, stop = os.environ['LANDFALL_WORKERS'], os.environ['LANDFALL_STOP']
    return AloneWorker(read_settings(), int(workers), float(stop))
