"""The readiness request and its answer, as bytes."""

from __future__ import annotations

import http.client
import io
import socket

from landfall_gate.shorten import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

    from landfall_gate.gunicorn_types import Answer

# Bytes of a body.
ANSWER_LIMIT = 4096
CLIENT = ('127.0.0.1', 0)
ANY = {'0.0.0.0': CLIENT[0], '::': '::1'}  # noqa: S104 -- nothing listens here


def client_of(listener: Any) -> Any:
    """The client's address of a question that the host itself asks at this listener. On a unix socket there is none."""
    name = listener.getsockname()
    if not isinstance(name, tuple):
        return ''
    host = ANY.get(name[0], name[0])
    try:
        with socket.socket(listener.family, socket.SOCK_DGRAM) as unsent:
            # The kernel chooses the address, and sends nothing. For all of 127.0.0.0/8 it is 127.0.0.1.
            unsent.connect((host, name[1], *name[2:]))
            return unsent.getsockname()[0], 0
    except OSError:
        return host, 0


def question_fields(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers`: those of landfall.yaml, which come before the gate's own. The question from outside has no others."""
    lines = {'Host': 'localhost', 'User-Agent': 'landfall'}
    given = {name.lower() for name in headers}
    lines = {name: value for name, value in lines.items() if name.lower() not in given}
    lines.update({name: value for name, value in headers.items() if name.lower() != 'connection'})
    return {**lines, 'Connection': 'close'}


def request_bytes(path: str, headers: Mapping[str, str]) -> bytes:
    lines = question_fields(headers)
    text = ''.join(f'{name}: {value}\r\n' for name, value in lines.items())
    return f'GET {path} HTTP/1.1\r\n{text}\r\n'.encode()


def read_answer(data: bytes) -> Answer:
    response = http.client.HTTPResponse(Bytes(data))  # type: ignore[arg-type]
    try:
        response.begin()
        # A character more than the limit, so that a longer body is seen to be cut.
        body = response.read(ANSWER_LIMIT + 4)
        fields = {name.lower(): value for name, value in response.getheaders()}
        return response.status, beginning(body.decode(errors='replace'), ANSWER_LIMIT), fields
    except (OSError, http.client.HTTPException):
        return None, 'was not answered: ' + beginning(repr(data[:ANSWER_LIMIT]), 200)


class Bytes:
    """As much of a socket as http.client needs."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self.data)
