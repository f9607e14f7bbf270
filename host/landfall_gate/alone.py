"""The gate of a worker of a server without Gunicorn. `serve.py` is its supervisor."""

from __future__ import annotations

import asyncio
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_gate.gunicorn_types import Message, Receive, Scope, Send
    from landfall_gate.settings import Settings


class Alone:
    """The part that each server has."""

    target: Any

    def __init__(self, settings: Settings, workers: int, stop: float) -> None:
        """`stop`: seconds, the graceful timeout of the server."""
        self.pid, self.stop = os.getpid(), stop
        self.cfg = types.SimpleNamespace(workers=workers, is_ssl=False)
        self.gate = Gate(self, settings)  # type: ignore[arg-type]
        self.start_up = Lifespan()

    def notify(self) -> None:
        """No master waits for a sign of life."""

    def load(self, load: Callable[[], Any]) -> None:
        """Loads the app of the release. An import that fails refuses a release on trial."""
        notify.hide_from_app()
        try:
            self.target = load()
        except Exception as error:
            self.failed(error, in_words(error))
            raise
        except SystemExit as error:
            self.failed(error, f'exit status {error.code}')
            raise
        self.gate.imported(os.environ['LANDFALL_APP'])
        self.get_in()

    def failed(self, error: BaseException, what: str) -> None:
        if self.gate.on_trial:
            say_traceback(error)
            stage = self.gate.instance.leave(self.pid)
            self.gate.reach(stage)
            self.gate.refuse(f'not ready: {what} while {STAGES.get(stage, "booting")}')

    def get_in(self) -> None:
        """Puts the gate where the server opens its listener, as far as that can be done before the lifespan."""

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] == 'lifespan':
            await self.lifespan(scope, receive, send)
        else:
            await self.serve(scope, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.target(scope, receive, send)

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            try:
                await send(message)
            finally:
                failed = message['type'] == 'lifespan.startup.failed'
                if failed and self.gate.on_trial and not self.gate.is_open:
                    self.gate.refuse(self.start_up.refusal())

        await self.start_up.watched(self.target)(scope, receive, tell)


class UvicornAlone(Alone, AsgiGate):
    drain: Drain | None = None

    def __init__(self, settings: Settings, workers: int, stop: float) -> None:
        super().__init__(settings, workers, stop)
        # Known when uvicorn opens it: a worker that is spawned gets it under another number.
        self.sockets = []

    def get_in(self) -> None:
        """uvicorn loads the app in its loop. With `--lifespan off` no later call comes before its listener."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        self.get_into_loop()

    def get_into_loop(self) -> None:
        if self.drain is None:
            self.drain = Drain(max(self.stop - 1, self.stop / 2), self.has_drained)
            self.guard(self.drain)

    def has_drained(self) -> None:
        """No connection is left."""

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.get_into_loop()
        await super().lifespan(scope, receive, send)

    def is_own(self, sock: socket.socket) -> bool:
        if str(os.fstat(sock.fileno()).st_ino) != os.environ['LANDFALL_SOCKET']:
            return False
        # uvicorn takes every descriptor for a unix socket, and its loop would then set no TCP_NODELAY.
        self.sockets = [socket.socket(fileno=os.dup(sock.fileno()))]
        return True

    def to_open(self, sock: socket.socket) -> socket.socket:
        return self.sockets[0]
