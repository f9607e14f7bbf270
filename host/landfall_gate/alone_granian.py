"""The gate of a worker of Granian, whose connections are not Python's.

So this asks the app by the very function that Granian calls for a request, before Granian opens its listener. To
drain, a worker first stops to accept, and its responses say `Connection: close`. Granian hears of the end after
LINGER: it then finishes its requests, and closes the connections that were idle meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time

from granian.server import mp

from landfall_gate.alone import Alone
from landfall_gate.asgi_drain import CLOSE
from landfall_gate.call_asgi import ask_asgi
from landfall_gate.call_wsgi import ask_wsgi
from landfall_gate.gated import LINGER
from landfall_gate.instance import DRAINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from landfall_gate.gunicorn_types import Answer, Message, Receive, Scope, Send
    from landfall_gate.settings import Settings

# Seconds between two looks whether the instance is told to stop.
LOOK = 0.1
# Seconds for all WebSockets together.
CLOSING = 1.0
# 1012: service restart.
RESTARTS = {'type': 'websocket.close', 'code': 1012}


class GranianAlone(Alone):
    # Granian's own call of the app, which adds its options to a request.
    call: Any = None
    late: asyncio.TimerHandle | None = None
    # The descriptor of the listener.
    listener = -1
    # Of ASGI; None: WSGI has none.
    loop: asyncio.AbstractEventLoop | None = None

    def __init__(self, settings: Settings, workers: int, stop: float) -> None:
        super().__init__(settings, workers, stop)
        # The open WebSockets, by what sends to them.
        self.websockets: set[Send] = set()

    def get_in(self) -> None:
        for name in ('_asgi_call_wrap', '_wsgi_call_wrap'):
            setattr(mp, name, self.noting_call(getattr(mp, name)))
        setattr(mp, 'ASGIWorker', self.gated(mp.ASGIWorker, self.open_asgi))  # noqa: B010 -- of another module
        setattr(mp, 'WSGIWorker', self.gated(mp.WSGIWorker, self.open_wsgi))  # noqa: B010 -- likewise

    def noting_call(self, wrap: Any) -> Any:
        def wrapping(callback: Any, *more: Any) -> Any:
            # The last one is the format of the access log, in which the questions do not belong.
            self.call = wrap(callback, *more[:-1], None)
            return wrap(callback, *more)

        return wrapping

    def gated(self, worker_class: Any, open_by: Callable[[Any, tuple[Any, ...]], None]) -> Any:
        def make(number: int, sock: Any, *more: Any) -> Any:
            holders = [each for each in (sock if isinstance(sock, tuple) else (sock,)) if each is not None]
            self.listener = holders[-1].get_fd()
            return Opening(worker_class(number, sock, *more), open_by)

        return make

    def open_asgi(self, serve: Any, given: tuple[Any, ...]) -> None:
        self.loop = loop = given[1]
        if self.late is not None:
            self.late.cancel()
        if loop.run_until_complete(self.prove()):
            # Some versions run the loop in `serve`, and others after it.
            loop.call_soon(self.opened)
        else:
            self.stop_accepting()
        serve(*given)

    def open_wsgi(self, serve: Any, given: tuple[Any, ...]) -> None:
        if self.prove_wsgi():
            # Some versions return from `serve` at the end only.
            self.opened()
        else:
            self.stop_accepting()
        serve(*given)

    def opened(self) -> None:
        self.gate.opened()
        threading.Thread(target=self.drain, daemon=True).start()

    async def prove(self) -> bool:
        gate = self.gate
        gate.asking()
        while gate.must_ask():
            try:
                answer = await ask_asgi(self.call, gate.question_limit(), gate.settings)
            except Exception as error:
                gate.cannot_ask(error)
                break
            if self.is_over(answer):
                break
            await asyncio.sleep(gate.next_pause())
        gate.proven()
        while not gate.instance.stopping and gate.others_pending():
            await asyncio.sleep(0.02)
        return not gate.instance.stopping

    def prove_wsgi(self) -> bool:
        gate = self.gate
        gate.asking()
        while gate.must_ask():
            try:
                answer = ask_wsgi(self.call, gate.question_limit(), gate.settings)
            except Exception as error:
                gate.cannot_ask(error)
                break
            if self.is_over(answer):
                break
            time.sleep(gate.next_pause())
        gate.proven()
        while not gate.instance.stopping and gate.others_pending():
            time.sleep(0.02)
        return not gate.instance.stopping

    def is_over(self, answer: Answer) -> bool:
        return self.gate.instance.stopping or self.gate.accepts(*answer) or self.gate.time_is_up()

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        gate = self.gate
        if gate.on_trial:
            why = f'{gate.settings.late()}: the application has not finished its start-up'
            loop = asyncio.get_running_loop()
            self.late = loop.call_later(max(gate.left(), 0), gate.refuse, why + ' (lifespan)')
        await super().lifespan(scope, receive, send)

    def drain(self) -> None:
        while not self.gate.instance.stopping:
            time.sleep(LOOK)
        self.stop_accepting()
        time.sleep(LINGER)
        if self.loop is not None and self.websockets:
            closing = asyncio.run_coroutine_threadsafe(self.close_websockets(), self.loop)
            with contextlib.suppress(Exception):
                closing.result(CLOSING)
        self.gate.reach(DRAINED)

    async def close_websockets(self) -> None:
        for send in list(self.websockets):
            with contextlib.suppress(Exception):
                await send(RESTARTS)

    def stop_accepting(self) -> None:
        """Puts a socket without clients in the place of the listener. Granian needs one also to end in its own way.

        The connections that wait there stay in the queue, which the other releases serve too.
        """
        with socket.socket(fileno=os.dup(self.listener)) as old:
            is_unix = old.family == socket.AF_UNIX
        with socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET) as unused:
            unused.bind('' if is_unix else ('127.0.0.1', 0))
            unused.setblocking(False)
            unused.listen(1)
            os.dup2(unused.fileno(), self.listener, inheritable=False)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message['type'] == 'websocket.accept':
                self.websockets.add(send)
            if message['type'] == 'http.response.start' and self.gate.instance.stopping:
                headers = list(message.get('headers') or ())
                if not any(bytes(name).lower() == b'connection' for name, _ in headers):
                    message = dict(message, headers=[*headers, CLOSE])
            await send(message)

        http1 = scope.get('http_version', '1.1').startswith('1')
        try:
            await self.target(scope, receive, tell if http1 else send)
        finally:
            self.websockets.discard(send)

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: Any, *more: Any) -> Any:
            http1 = environ.get('SERVER_PROTOCOL', '').startswith('HTTP/1')
            if self.gate.instance.stopping and http1:
                headers = [*headers, ('Connection', 'close')]
            return start_response(status, headers, *more)

        answer: Iterable[bytes] = self.target(environ, start)
        return answer


class Opening:
    """Granian's worker. Its methods `serve_…` open the listener."""

    def __init__(self, inner: Any, open_by: Callable[[Any, tuple[Any, ...]], None]) -> None:
        self.inner, self.open_by = inner, open_by

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not name.startswith('serve_'):
            return found
        return lambda *given: self.open_by(found, given)
