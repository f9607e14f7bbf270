"""An ASGI app without any library, which behaves as its environment says."""

from __future__ import annotations

import asyncio
import logging.config
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, Dict

    # An ASGI message or scope.
    Message = Dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

WAY = os.environ.get('APP', '').split()
VERSION = os.environ.get('LANDFALL_RELEASE', '')
# The phase of the import, and whether the release was on trial then.
BORN = os.environ.get('LANDFALL_PHASE'), os.environ.get('LANDFALL_TRIAL')
# Files in this directory change its mind while it runs: `unready`, `broken`.
STATE = os.environ.get('STATE', '/nonexistent')
if 'mute' in WAY:
    logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})
    logging.disable()
if 'import-error' in WAY:
    import no_such_module  # noqa: F401
if 'exit-at-import' in WAY:
    sys.exit(0)
if 'die-at-import' in WAY:
    os._exit(0)
if 'killed-at-import' in WAY:
    os.kill(os.getpid(), 9)
if 'hang-at-import' in WAY:
    time.sleep(3600)
asked = 0
IMPORTED = time.monotonic()


def say(*words: object) -> None:
    """In one write: print would mix the lines of several processes."""
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope['type'] == 'lifespan':
        return await lifespan(scope, receive, send)
    if scope['type'] == 'websocket':
        return await websocket(receive, send)
    path = scope['path']
    if path == '/health/ready':
        return await ready(scope, send)
    if path == '/slow':
        say('slow')
        await asyncio.sleep(float(scope['query_string'] or b'1'))
    if path == '/stream':
        await send({'type': 'http.response.start', 'status': 200, 'headers': []})
        await asyncio.sleep(float(scope['query_string'] or b'1'))
        return await send({'type': 'http.response.body', 'body': b'streamed'})
    if path == '/phase':
        return await answer(
            send, 200, f'{BORN} {os.environ.get("LANDFALL_PHASE")} {os.environ.get("LANDFALL_TRIAL")}'
        )
    if path == '/notify':
        return await answer(send, 200, os.environ.get('NOTIFY_SOCKET', 'none'))
    return await answer(send, 200, f'{VERSION} {os.getpid()}')


async def lifespan(scope: Message, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message['type'] == 'lifespan.startup':
            say('lifespan startup')
            if 'lifespan-error' in WAY or os.path.exists(STATE + '/broken'):
                return await send({'type': 'lifespan.startup.failed', 'message': 'no database'})
            if 'lifespan-tells' in WAY:
                text = f'no database at {os.environ["TOKEN"]}, {"x" * 478}'
                return await send({'type': 'lifespan.startup.failed', 'message': text})
            if 'lifespan-hang' in WAY:
                await asyncio.sleep(3600)
            scope['state']['pool'] = 'a pool'
            await send({'type': 'lifespan.startup.complete'})
        else:
            say('lifespan shutdown')
            return await send({'type': 'lifespan.shutdown.complete'})


async def websocket(receive: Receive, send: Send) -> None:
    await receive()
    await send({'type': 'websocket.accept'})
    while (await receive())['type'] != 'websocket.disconnect':
        pass


async def ready(scope: Message, send: Send) -> None:
    global asked
    asked += 1
    say('asked', asked, scope['type'], scope['client'], dict(scope['headers']), scope.get('state'))
    if 'hang' in WAY or ('hang-again' in WAY and asked > 1):
        await asyncio.sleep(3600)
    if 'lazy' in WAY:
        await asyncio.sleep(1.5)
    if 'behind' in WAY and time.monotonic() - IMPORTED < 10.5:
        return await answer(send, 503, 'not yet')
    if 'flaps' in WAY and asked % 2:
        return await answer(send, 503, 'odd')
    if 'tells' in WAY:
        return await answer(send, 503, 'x' * 480 + os.environ['TOKEN'])
    if 'lost' in WAY:
        return await answer(send, 404, 'Not Found')
    if 'unready' in WAY or os.path.exists(STATE + '/unready'):
        return await answer(send, 503, '{"database": "connection refused"}')
    return await answer(send, 200, 'ok')


async def answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b'content-type', b'text/plain'), (b'content-length', b'%d' % len(body))]
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})
    await send({'type': 'http.response.body', 'body': body})
