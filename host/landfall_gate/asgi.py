"""The gate of both ASGI workers: uvicorn's and Gunicorn's own.

Both run the app's lifespan and then call `loop.create_server` with one of the worker's sockets. The gate stands
in that call. So the gate has to know nothing else of these workers to open late.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal

from landfall_gate.asgi_ask import ask
from landfall_gate.asgi_drain import Drain, attached_also_late
from landfall_gate.gated import Gated
from landfall_gate.readiness_request import request_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from types import FrameType
    from typing import Any, Iterator

    from landfall_gate.gunicorn_types import AsgiWorker, MakeProtocol
else:
    AsgiWorker = object


class AsgiGate(Gated, AsgiWorker):
    def guard(self, drain: Drain) -> None:
        """Makes this loop open the worker's sockets only when the gate does."""
        loop, gate = asyncio.get_running_loop(), self.gate
        create_server = loop.create_server
        passed: list[Any] = []
        late: asyncio.TimerHandle | None = None
        if gate.on_trial:
            why = f'{gate.settings.late()}: the application has not finished its start-up (lifespan)'
            late = loop.call_later(max(gate.left(), 0), gate.refuse, why)

        async def guarded(make_protocol: MakeProtocol, *args: Any, **kwargs: Any) -> Any:
            sock = kwargs.get('sock')
            if sock is None or not self.is_own(sock):
                return await create_server(make_protocol, *args, **kwargs)
            if late is not None:
                late.cancel()
            if not passed and not await self.prove(make_protocol):
                return NoServer()
            make = drain.adopting(make_protocol)
            kwargs['sock'] = self.to_open(sock)
            server = attached_also_late(await create_server(make, *args, **kwargs))
            passed.append(server)
            if len(passed) == len(self.sockets):
                setattr(loop, 'create_server', create_server)  # noqa: B010 -- a method, for the type checker
                gate.opened()
            opened = OpenServer(server, drain)
            self.has_opened(opened)
            return opened

        setattr(loop, 'create_server', guarded)  # noqa: B010 -- likewise

    def is_own(self, sock: socket.socket) -> bool:
        return any(sock.fileno() == each.fileno() for each in self.sockets)

    def has_opened(self, server: OpenServer) -> None:
        """Called for each server of the loop that the gate has opened."""

    def to_open(self, sock: socket.socket) -> socket.socket:
        """The socket with which the loop serves."""
        return sock

    async def prove(self, make_protocol: MakeProtocol) -> bool:
        """False: the worker was told to stop meanwhile."""
        gate, settings = self.gate, self.gate.settings
        gate.asking()
        request = request_bytes(settings.path, settings.headers)
        listener = self.sockets[0]
        with told_to_stop() as told:

            def stopping() -> bool:
                return bool(told) or gate.instance.stopping

            while gate.must_ask():
                try:
                    answer = await ask(
                        make_protocol, request, gate.question_limit(), listener, self.cfg.is_ssl
                    )
                except Exception as error:
                    gate.cannot_ask(error)
                    break
                if stopping() or gate.accepts(*answer) or gate.time_is_up():
                    break
                await asyncio.sleep(gate.next_pause())
            gate.proven()
            while not stopping() and gate.others_pending():
                gate.worker.notify()
                await asyncio.sleep(0.02)
            return not stopping()


class OpenServer:
    """The loop's server. When the worker closes it, the drain begins."""

    def __init__(self, server: Any, drain: Drain) -> None:
        self.server, self.drain = server, drain

    def close(self) -> None:
        self.server.close()
        self.drain.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.server, name)


class NoServer:
    """For a worker that was told to stop before it opened: it then shuts down in its own way."""

    sockets = ()

    def close(self) -> None:
        pass

    async def wait_closed(self) -> None:
        pass


@contextlib.contextmanager
def told_to_stop() -> Iterator[list[int]]:
    """Yields a list that has a signal in it once the worker was told to stop. The worker's handlers still run."""
    told: list[int] = []
    previous: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        told.append(number)
        if callable(previous[number]):
            previous[number](number, frame)

    for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        previous[stop] = signal.signal(stop, note)
    try:
        yield told
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler or signal.SIG_DFL)
