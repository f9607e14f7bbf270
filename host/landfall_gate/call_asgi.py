"""Asks an ASGI app for its readiness where the server has no protocol in Python."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from landfall_gate.channel import say_traceback
from landfall_gate.error_words import in_words
from landfall_gate.readiness_request import ANSWER_LIMIT, CLIENT, question_fields
from landfall_gate.shorten import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_gate.gunicorn_types import Answer, Message, Scope
    from landfall_gate.settings import Settings


async def ask_asgi(call: Callable[[Scope, Any], Any], seconds: float, settings: Settings) -> Answer:
    """`call` takes the scope and Granian's protocol. An exception counts as the 500 that a client would get."""
    protocol = Protocol()
    try:
        await asyncio.wait_for(call(scope_of(settings), protocol), seconds)
    except asyncio.TimeoutError:
        return None, f'did not answer within {seconds:.2g} s'
    except Exception as error:
        say_traceback(error)
        return 500, in_words(error)
    if protocol.status is None:
        return None, 'was not answered'
    text = protocol.body.decode(errors='replace')
    return protocol.status, beginning(text, ANSWER_LIMIT), protocol.headers


def scope_of(settings: Settings) -> Scope:
    path, _, query = settings.path.partition('?')
    fields = question_fields(settings.headers)
    return {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': '2.3'},
        'http_version': '1.1',
        'method': 'GET',
        'scheme': 'http',
        'path': unquote(path),
        'raw_path': path.encode(),
        'query_string': query.encode(),
        'headers': [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        'client': CLIENT,
        'server': ('127.0.0.1', 80),
        'extensions': {},
    }


class Protocol:
    status: int | None = None

    def __init__(self) -> None:
        self.body, self.headers = bytearray(), {}  # type: bytearray, dict[str, str]
        self.was_read, self.ended = False, asyncio.Event()

    async def receive(self) -> Message:
        if self.was_read:
            await self.ended.wait()
            return {'type': 'http.disconnect'}
        self.was_read = True
        return {'type': 'http.request', 'body': b'', 'more_body': False}

    async def send(self, message: Message) -> None:
        if message['type'] == 'http.response.start':
            self.status = message['status']
            for name, value in message.get('headers') or ():
                self.headers[bytes(name).decode('latin-1').lower()] = bytes(value).decode('latin-1')
        elif message['type'] == 'http.response.body':
            if len(self.body) <= ANSWER_LIMIT:
                self.body += message.get('body', b'')
            if not message.get('more_body', False):
                self.ended.set()
