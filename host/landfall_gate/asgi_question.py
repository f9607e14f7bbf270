"""Asks an ASGI app for its readiness through the very protocol that will serve its clients.

The server's own protocol gets a connection that exists only in memory: scope, state of the lifespan,
root path, proxy headers and middleware are then exactly those of a real request, in each version.
"""

from __future__ import annotations

import asyncio
import logging

from landfall_gate.question import CLIENT, read_answer


async def ask(make_protocol, request, seconds, server, secure):
    """(status or None, what was answered)."""
    protocol = make_protocol()
    if hasattr(protocol, 'access_log'):
        protocol.access_log = False  # it may be asked many times
    transport = InMemory(protocol, server, secure)
    try:
        protocol.connection_made(transport)
        protocol.data_received(request)
        await asyncio.wait_for(transport.closed.wait(), seconds)
    except asyncio.TimeoutError:
        give_up(protocol, transport)
        return None, f'did not answer within {seconds:.2g} s'
    return read_answer(bytes(transport.written))


def give_up(protocol, transport):
    """Disconnects, and cancels the call without the server's complaint about it."""
    quiet = logging.getLogger('landfall_gate.quiet')
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    if getattr(protocol, 'cycle', None) is not None:
        protocol.cycle.logger = quiet
    transport.close()
    for task in [*getattr(protocol, 'tasks', ()), getattr(protocol, '_task', None)]:
        if task is not None:
            task.cancel()


class InMemory(asyncio.Transport):
    def __init__(self, protocol, server, secure):
        super().__init__({'peername': CLIENT, 'sockname': server, 'sslcontext': secure or None})
        self.protocol, self.written, self.closed = protocol, bytearray(), asyncio.Event()

    def write(self, data):
        self.written += data

    def writelines(self, parts):
        self.written += b''.join(parts)

    def can_write_eof(self):
        return False

    def is_closing(self):
        return self.closed.is_set()

    def close(self):
        if not self.closed.is_set():
            self.closed.set()
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def get_protocol(self):
        return self.protocol

    def set_protocol(self, protocol):
        self.protocol = protocol

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def is_reading(self):
        return True

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def get_write_buffer_size(self):
        return 0
