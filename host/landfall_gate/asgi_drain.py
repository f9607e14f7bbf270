"""Leaving without losing a request: what the connections of an ASGI worker do when it goes.

From then on each response says `Connection: close`, so a busy client leaves by itself. An idle
connection is kept for LINGER, because its client may be sending at this moment; after that, closing it
is what its keep-alive limit does every day. What is being answered is finished, until the limit.
WebSockets are told that the service restarts: uvicorn does so at once, for Gunicorn's worker it is done here.
"""

from __future__ import annotations

import asyncio
import time
import weakref

from landfall_gate.gated import LINGER

SWEEP = 0.05
# A client that was told to leave gets that long to do so before we close.
TOLD = 0.1
CLOSE = (b'connection', b'close')
# A WebSocket's close frame that says 1012, service restart.
RESTART = b'\x88\x02\x03\xf4'


class Drain:
    def __init__(self, limit, log, finished=None):
        self.limit, self.log, self.finished = limit, log, finished
        self.connections = weakref.WeakSet()
        self.begun = None

    def adopting(self, make_protocol):
        """The server's factory, its protocols made known; or as it is, where they are not as expected."""
        try:
            self.adopt(make_protocol())
        except Exception as error:
            self.log.warning('landfall gate: no drain, this server is not as expected: %r', error)
            return make_protocol
        return lambda: self.adopt(make_protocol())

    def adopt(self, protocol):
        """Makes a protocol, fresh from the server's factory, known to the drain."""
        protocol.gate_connection = connection = Connection()
        protocol.app = announcing(protocol.app, connection, self)
        protocol.__class__ = draining(type(protocol))
        self.connections.add(connection)
        return protocol

    def begin(self):
        if self.begun is None:
            self.begun = time.monotonic()
            self.log.info('landfall gate: draining, %d connections', len(self._open()))
            self._sweep()

    def finish_now(self):
        for connection in self._open():
            connection.transport.abort()
        finished, self.finished = self.finished, None
        if finished:
            finished()

    def _open(self):
        return [each for each in self.connections if each.is_open()]

    def _sweep(self):
        now = time.monotonic()
        open_ones = self._open()
        nobody = not open_ones and not any(each.is_arriving() for each in self.connections)
        if (nobody and now - self.begun > SWEEP) or now - self.begun >= self.limit:
            self.finish_now()
            if not self.connections:
                return
        for connection in open_ones:
            if connection.is_websocket and now - self.begun >= LINGER:
                connection.transport.write(RESTART)
                connection.transport.close()
            if connection.calls or connection.unanswered:
                continue
            quiet = now - max(connection.since, self.begun)
            if quiet >= LINGER or (connection.told and quiet >= TOLD):
                connection.transport.close()
        asyncio.get_running_loop().call_later(SWEEP, self._sweep)


def attached_also_late(server):
    """asyncio's server lets in what it had accepted in the moment in which it was closed.

    By itself it drops that without a word: `_attach` asserts that it is open. Other loops' servers are as they are.
    """
    attach = getattr(server, '_attach', None)
    if attach is None or not hasattr(server, '_sockets') or not hasattr(server, '_waiters'):
        return server

    def attaching(*transport):
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
    """What must be known of one connection to close it without losing a request."""

    def __init__(self):
        self.protocol = self.transport = None
        self.calls, self.since = 0, time.monotonic()
        self.unanswered = self.told = self.is_websocket = False

    def is_arriving(self):
        """Accepted, and the loop, held up for a moment, has not come to it yet."""
        return self.protocol is None and time.monotonic() - self.since < LINGER

    def is_open(self):
        """Still this protocol's: uvicorn's WebSockets go to one of their own, which closes them itself."""
        transport, protocol = self.transport, self.protocol and self.protocol()
        return protocol is not None and not transport.is_closing() and transport.get_protocol() is protocol


def announcing(app, connection, drain):
    """The app, counting its calls on this connection, and saying `Connection: close` once we go."""

    async def call(scope, receive, send):
        async def tell(message):
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
            # HTTP/2 knows no such header, and its WebSockets share a connection.
            http1 = scope.get('http_version', '1.1').startswith('1')
            return await app(scope, receive, tell if http1 else send)
        finally:
            connection.calls -= 1
            connection.unanswered = False
            connection.since = time.monotonic()

    return call


_classes: dict[type, type] = {}


def draining(protocol_class):
    """A subclass of a server's protocol that tells the drain what happens on its connection."""
    if protocol_class in _classes:
        return _classes[protocol_class]

    class Draining(protocol_class):
        def connection_made(self, transport):
            self.gate_connection.protocol, self.gate_connection.transport = weakref.ref(self), transport
            super().connection_made(transport)

        def data_received(self, data):
            self.gate_connection.unanswered = True
            super().data_received(data)

        def shutdown(self):
            """uvicorn calls this when it goes, to close what is idle at once; the drain does it later."""

    Draining.__name__, Draining.__qualname__ = protocol_class.__name__, protocol_class.__qualname__
    Draining.__module__ = protocol_class.__module__
    _classes[protocol_class] = Draining
    return Draining
