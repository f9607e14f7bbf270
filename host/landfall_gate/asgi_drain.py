"""Ends ASGI connections without losing a request, when their worker ends.

From then on each response says `Connection: close`, so a busy client leaves by itself. An idle connection is kept
for LINGER, because its client may be sending at this moment. Then the worker closes it, as at any keep-alive
limit. A request in flight is finished, until the drain's limit. WebSockets are told that the service restarts:
uvicorn tells them at once, and for Gunicorn's worker the drain does so.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
import weakref

from landfall_gate.channel import say
from landfall_gate.gated import LINGER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_gate.gunicorn_types import App, MakeProtocol, Message, Receive, Scope, Send

# Seconds between two looks at the connections.
SWEEP = 0.05
# Seconds. A client that was told to leave has that long before the worker closes its connection.
TOLD = 0.1
CLOSE = (b'connection', b'close')
# A WebSocket's close frame that says 1012, service restart.
RESTART = b'\x88\x02\x03\xf4'
# Of the tasks that serve a connection, where its protocol knows no app.
CONNECTION: contextvars.ContextVar[Connection] = contextvars.ContextVar('landfall_connection')


class Drain:
    def __init__(self, limit: float, finished: Callable[[], None] | None = None) -> None:
        """`limit`: seconds; `finished`: called once, when the last connection is closed."""
        self.limit, self.finished = limit, finished
        self.connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self.begun: float | None = None

    def adopting(self, make_protocol: MakeProtocol) -> MakeProtocol:
        """The server's factory, whose protocols the drain then knows. Unchanged where they are not as expected."""
        try:
            self.adopt(make_protocol())
        except Exception as error:
            say(f'no drain, this server is not as expected: {error!r}')
            return make_protocol
        return lambda: self.adopt(make_protocol())

    def adopt(self, protocol: Any) -> Any:
        """Makes a new protocol of the server known to the drain."""
        protocol.gate_connection = connection = Connection()
        if hasattr(protocol, 'app'):
            protocol.app = announcing(protocol.app, connection, self)
        protocol.__class__ = draining(type(protocol))
        self.connections.add(connection)
        return protocol

    def begin(self) -> None:
        if self.begun is None:
            self.begun = time.monotonic()
            say(f'draining, {len(self._open())} connections')
            self._sweep(self.begun)

    def finish_now(self) -> None:
        for connection in self._open():
            connection.transport.abort()
        finished, self.finished = self.finished, None
        if finished:
            finished()

    def _open(self) -> list[Connection]:
        return [each for each in self.connections if each.is_open()]

    def _sweep(self, begun: float) -> None:
        now = time.monotonic()
        open_ones = self._open()
        nobody = not open_ones and not any(each.is_arriving() for each in self.connections)
        if (nobody and now - begun > SWEEP) or now - begun >= self.limit:
            self.finish_now()
            if not self.connections:
                return
        for connection in open_ones:
            if connection.is_websocket and now - begun >= LINGER:
                connection.transport.write(RESTART)
                connection.transport.close()
            if connection.calls or connection.unanswered:
                continue
            quiet = now - max(connection.since, begun)
            if quiet >= LINGER or (connection.told and quiet >= TOLD):
                connection.transport.close()
        asyncio.get_running_loop().call_later(SWEEP, self._sweep, begun)


def attached_also_late(server: Any) -> Any:
    """Makes asyncio's server let in a connection that it had accepted in the moment in which it was closed.

    By itself the server drops that connection silently: `_attach` asserts that the server is open. Servers of
    other loops stay as they are.
    """
    attach = getattr(server, '_attach', None)
    if attach is None or not hasattr(server, '_sockets') or not hasattr(server, '_waiters'):
        return server

    def attaching(*transport: Any) -> Any:
        if server._sockets is not None:
            return attach(*transport)
        server._sockets, server._waiters = (), server._waiters or []
        try:
            return attach(*transport)
        finally:
            server._sockets = None

    server._attach = attaching
    return server


class Connection:
    """The facts of one connection that the drain needs to close it without losing a request."""

    def __init__(self) -> None:
        self.protocol: weakref.ref[Any] | None = None
        self.transport: Any = None
        # Calls of the app that are not finished, and when the last one was.
        self.calls, self.since = 0, time.monotonic()
        self.unanswered = self.told = self.is_websocket = False

    def is_arriving(self) -> bool:
        """Whether the connection is accepted, and the loop has not reached it yet."""
        return self.protocol is None and time.monotonic() - self.since < LINGER

    def is_open(self) -> bool:
        """Whether it is still this protocol's. uvicorn's WebSockets change to another, which closes them itself."""
        protocol = self.protocol and self.protocol()
        if protocol is None or self.transport.is_closing():
            return False
        return bool(self.transport.get_protocol() is protocol)


def announcing(app: App, connection: Connection, drain: Drain) -> App:
    """The app, with its calls on this connection counted, and `Connection: close` once the drain has begun."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if drain.begun is not None and message['type'] == 'http.response.start':
                headers = list(message.get('headers') or ())
                if not any(bytes(name).lower() == b'connection' for name, _ in headers):
                    message = dict(message, headers=[*headers, CLOSE])
                connection.told = True
            if message['type'] == 'websocket.accept':
                connection.is_websocket = True
            await send(message)

        connection.calls += 1
        try:
            # HTTP/2 does not have this header, and its WebSockets share a connection.
            http1 = scope.get('http_version', '1.1').startswith('1')
            return await app(scope, receive, tell if http1 else send)
        finally:
            connection.calls -= 1
            connection.unanswered = False
            connection.since = time.monotonic()

    return call


_classes: dict[type, type] = {}


def draining(protocol_class: Any) -> type:
    """A subclass of a server's protocol that notes for the drain what happens on its connection."""
    if protocol_class in _classes:
        return _classes[protocol_class]

    class Draining(protocol_class):  # type: ignore[misc]
        gate_connection: Connection

        def connection_made(self, transport: Any) -> None:
            self.gate_connection.protocol, self.gate_connection.transport = weakref.ref(self), transport
            before = CONNECTION.set(self.gate_connection)
            try:
                super().connection_made(transport)
            finally:
                CONNECTION.reset(before)

        def data_received(self, data: bytes) -> None:
            self.gate_connection.unanswered = True
            super().data_received(data)

        def shutdown(self) -> None:
            """uvicorn calls this at its end, to close idle connections at once. The drain closes them later."""

    Draining.__name__, Draining.__qualname__ = protocol_class.__name__, protocol_class.__qualname__
    Draining.__module__ = protocol_class.__module__
    _classes[protocol_class] = Draining
    return Draining
