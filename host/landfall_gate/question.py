"""The readiness request as bytes, and what an answer's bytes say."""

from __future__ import annotations

import http.client
import io

from landfall_gate.shorten import beginning

ANSWER_LIMIT = 4096
CLIENT = ('127.0.0.1', 0)


def request_bytes(path, headers):
    lines = {'Host': 'localhost', 'User-Agent': 'landfall-gate', 'Accept': '*/*'}
    given = {name.lower() for name in headers}
    lines = {name: value for name, value in lines.items() if name.lower() not in given}
    lines.update({name: value for name, value in headers.items() if name.lower() != 'connection'})
    lines['Connection'] = 'close'
    text = ''.join(f'{name}: {value}\r\n' for name, value in lines.items())
    return f'GET {path} HTTP/1.1\r\n{text}\r\n'.encode()


def read_answer(data):
    """(status or None, the start of the body or what was wrong)."""
    response = http.client.HTTPResponse(Bytes(data))
    try:
        response.begin()
        body = response.read(ANSWER_LIMIT + 4)  # and a character's worth, by which it is seen to go on
        return response.status, beginning(body.decode(errors='replace'), ANSWER_LIMIT)
    except (OSError, http.client.HTTPException):
        return None, 'was not answered: ' + beginning(repr(data[:ANSWER_LIMIT]), 200)


class Bytes:
    """As much of a socket as http.client needs."""

    def __init__(self, data):
        self.data = data

    def makefile(self, *_):
        return io.BytesIO(self.data)
