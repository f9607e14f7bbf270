"""Asks a WSGI app for its readiness where the server has no parser in Python."""

from __future__ import annotations

import io
import threading
from urllib.parse import unquote

from landfall_gate.channel import say_traceback
from landfall_gate.error_words import in_words
from landfall_gate.readiness_request import ANSWER_LIMIT, CLIENT, question_fields
from landfall_gate.shorten import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from landfall_gate.gunicorn_types import Answer
    from landfall_gate.settings import Settings


def ask_wsgi(call: Callable[[Any, dict[str, Any]], Any], seconds: float, settings: Settings) -> Answer:
    """`call` takes Granian's protocol and the environment. Granian calls it in a thread, as this does.

    An exception counts as the 500 that a client would get.
    """
    protocol = Protocol()
    failures: list[Exception] = []

    def run() -> None:
        try:
            call(protocol, environ_of(settings))
        except Exception as error:
            say_traceback(error)
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        return 500, in_words(failures[0])
    if thread.is_alive():
        return None, f'did not answer within {seconds:.2g} s'
    if protocol.answer is None:
        return None, 'was not answered'
    return protocol.answer


def environ_of(settings: Settings) -> dict[str, Any]:
    path, _, query = settings.path.partition('?')
    fields = question_fields(settings.headers)
    return {
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'SERVER_NAME': '127.0.0.1',
        'SERVER_PORT': '80',
        'REMOTE_ADDR': CLIENT[0],
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': unquote(path, 'latin-1'),
        'QUERY_STRING': query,
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(),
        **{'HTTP_' + name.replace('-', '_').upper(): value for name, value in fields.items()},
    }


class Protocol:
    answer: Answer | None = None

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        text = beginning(body[: ANSWER_LIMIT + 4].decode(errors='replace'), ANSWER_LIMIT)
        self.answer = status, text, {name.lower(): value for name, value in headers}

    def response_iter(self, status: int, headers: list[tuple[str, str]], parts: Iterable[bytes]) -> None:
        body = b''
        try:
            while len(body) <= ANSWER_LIMIT:
                body += parts.__next__()  # type: ignore[attr-defined]
        except StopIteration:
            pass
        finally:
            close = getattr(parts, 'close', None)
            if close is not None:
                close()
        self.response_bytes(status, headers, body)
