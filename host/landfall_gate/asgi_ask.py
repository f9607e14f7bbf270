"""Asks an ASGI app for its readiness, through the very protocol that will serve its clients.

The server's own protocol gets a connection that exists only in memory. So scope, state of the lifespan, root
path, proxy headers and middleware are exactly those of a real request, in each version.
"""

from __future__ import annotations

import asyncio
import logging

from landfall_gate.readiness_request import client_of, read_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from landfall_gate.gunicorn_types import Answer, MakeProtocol


async def ask(
    make_protocol: MakeProtocol, request: bytes, seconds: float, listener: Any, secure: bool
) -> Answer:
    """Sends one request. `listener`: where it would come in; `secure`: whether the app sees TLS."""
    protocol = make_protocol()
    if hasattr(protocol, 'access_log'):
        protocol.access_log = False  # There may be many questions.
    transport = InMemory(protocol, listener, secure)
    try:
        protocol.connection_made(transport)
        protocol.data_received(request)
        await asyncio.wait_for(transport.closed.wait(), seconds)
    except asyncio.TimeoutError:
        give_up(protocol, transport)
        return None, f'did not answer within {seconds:.2g} s'
    return read_answer(bytes(transport.written))


def give_up(protocol: Any, transport: InMemory) -> None:
    """Disconnects, and cancels the call without the server's complaint about that."""
    quiet = logging.getLogger('landfall_gate.quiet')
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    if getattr(protocol, 'cycle', None) is not None:
        protocol.cycle.logger = quiet
    transport.close()
    for task in [*getattr(protocol, 'tasks', ()), getattr(protocol, '_task', None)]:
        if task is not None:
            task.cancel()


class Addresses:
    """As much of a socket as names the two ends of a connection."""

    def __init__(self, listener: Any) -> None:
        self.listener, self.family = listener, listener.family

    def getsockname(self) -> Any:
        return self.listener.getsockname()

    def getpeername(self) -> Any:
        return client_of(self.listener)


class InMemory(asyncio.Transport):
    def __init__(self, protocol: Any, listener: Any, secure: bool) -> None:
        name = listener.getsockname()
        extra: dict[str, Any] = {
            'peername': client_of(listener),
            # Host and port: IPv6 has more.
            'sockname': name[:2] if isinstance(name, tuple) else name,
            'sslcontext': secure or None,
        }
        # Hypercorn reads the addresses from the socket.
        if isinstance(protocol, asyncio.StreamReaderProtocol):
            extra['socket'] = Addresses(listener)
        super().__init__(extra)
        self.protocol, self.written, self.closed = protocol, bytearray(), asyncio.Event()

    def write(self, data: Any) -> None:
        self.written += data

    def writelines(self, parts: Iterable[Any]) -> None:
        self.written += b''.join(parts)

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        if not self.closed.is_set():
            self.closed.set()
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def get_protocol(self) -> Any:
        return self.protocol

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_reading(self) -> bool:
        return True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0
