"""The attributes and methods of Gunicorn's and uvicorn's workers that the gate uses. Only for the type checker."""

from __future__ import annotations

import logging
import selectors
import socket
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, Awaitable, Callable, Dict, Tuple, Union

Scope = Dict[str, Any]
Message = Dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
# A server's own protocol: asyncio's methods, and attributes that differ from version to version.
MakeProtocol = Callable[..., Any]
# (HTTP status, body, header fields with names in lower case), or (None, the reason why there is no answer)
Answer = Union[Tuple[int, str, Dict[str, str]], Tuple['int | None', str]]


class Worker:
    """Every worker class has these."""

    log: logging.Logger
    cfg: Any
    app: Any
    pid: int
    sockets: list[socket.socket]
    nr: float

    @property
    def alive(self) -> bool:
        raise NotImplementedError

    @alive.setter
    def alive(self, value: bool) -> None: ...
    def notify(self) -> None: ...
    def init_process(self) -> None: ...
    def load_wsgi(self) -> None: ...
    def run(self) -> None: ...


class SyncWorker(Worker):
    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None: ...
    def handle_request(self, listener: Any, request: Any, client: Any, addr: Any) -> None: ...
    def handle_exit(self, sig: int, frame: FrameType | None) -> None: ...


class ThreadWorker(Worker):
    PIPE: Any
    poller: selectors.BaseSelector
    tpool: ThreadPoolExecutor
    nr_conns: int
    max_keepalived: int
    _keep: Any
    keepalived_conns: Any

    def set_accept_enabled(self, enabled: bool) -> None: ...
    def handle(self, conn: Any) -> Any: ...
    def handle_request(self, request: Any, conn: Any) -> Any: ...
    def finish_request(self, *args: Any) -> None: ...


class AsgiWorker(Worker):
    async def _serve(self) -> None: ...


class UvicornWorker(AsgiWorker):
    config: Any


class GunicornAsgiWorker(AsgiWorker):
    asgi: App
    servers: list[Any]
    nr_conns: int
    _quick_shutdown: bool

    async def _shutdown(self) -> None: ...
