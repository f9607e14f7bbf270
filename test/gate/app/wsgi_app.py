"""A WSGI app without any library, which behaves as its environment says."""

from __future__ import annotations

import logging.config
import os
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Tuple

    Environ = Dict[str, Any]
    StartResponse = Callable[[str, List[Tuple[str, str]]], object]

WAY = os.environ.get('APP', '').split()
VERSION = os.environ.get('LANDFALL_RELEASE', '')
# The phase of the import, and whether the release was on trial then.
BORN = os.environ.get('LANDFALL_PHASE'), os.environ.get('LANDFALL_TRIAL')
if 'mute' in WAY:
    logging.config.dictConfig({'version': 1, 'disable_existing_loggers': True})
    logging.disable()
if 'import-error' in WAY:
    import no_such_module  # noqa: F401
if 'exit-at-import' in WAY:
    sys.exit(0)
# A file in this directory changes its mind while it runs: `unready`.
STATE = os.environ.get('STATE', '/nonexistent')
asked = 0
IMPORTED = time.monotonic()


def say(*words: object) -> None:
    """In one write: print would mix the lines of several processes."""
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
    path = environ['PATH_INFO']
    if path == '/health/ready':
        return ready(environ, start_response)
    if path == '/slow':
        say('slow')
        time.sleep(float(environ['QUERY_STRING'] or 1))
    if path == '/phase':
        said = f'{BORN} {os.environ.get("LANDFALL_PHASE")} {os.environ.get("LANDFALL_TRIAL")}'
        return answer(start_response, '200 OK', said)
    return answer(start_response, '200 OK', f'{VERSION} {os.getpid()}')


def ready(environ: Environ, start_response: StartResponse) -> list[bytes]:
    global asked
    asked += 1
    say(
        'asked',
        asked,
        environ['REQUEST_METHOD'],
        environ['HTTP_HOST'],
        environ['REMOTE_ADDR'],
        threading.current_thread() is threading.main_thread(),
    )
    if 'hang' in WAY or ('hang-again' in WAY and asked > 1):
        time.sleep(3600)
    if 'raise' in WAY:
        raise RuntimeError('no database')
    if 'lazy' in WAY:
        time.sleep(1.5)
    if 'behind' in WAY and time.monotonic() - IMPORTED < 10.5:
        return answer(start_response, '503 Service Unavailable', 'not yet')
    if 'flaps' in WAY and asked % 2:
        return answer(start_response, '503 Service Unavailable', 'odd')
    if 'tells' in WAY:
        return answer(start_response, '503 Service Unavailable', 'x' * 480 + os.environ['TOKEN'])
    if 'lost' in WAY:
        return answer(start_response, '404 Not Found', 'Not Found')
    if 'unready' in WAY or os.path.exists(STATE + '/unready'):
        return answer(start_response, '503 Service Unavailable', '{"database": "connection refused"}')
    return answer(start_response, '200 OK', 'ok')


def answer(start_response: StartResponse, status: str, text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
