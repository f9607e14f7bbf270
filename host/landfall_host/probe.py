"""An HTTP GET from the host itself."""

from __future__ import annotations

import http.client
import signal
import socket
import ssl
import time

from landfall_host.children import as_user
from landfall_host.redaction import CUT, Redactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, NoReturn

    from landfall_host.contract_types import Address, ProbeAnswer, ProbeRequest
    from landfall_host.state import Host

# Header fields, and characters of one: Python takes a hundred of 64 KiB each, and redacting takes time.
MOST_FIELDS, MOST_CHARACTERS = 50, 1000


def verb_probe(host: Host, ask: ProbeRequest, stdin: BinaryIO) -> ProbeAnswer:
    answer: ProbeAnswer = as_user(
        host.deployer,
        get,
        ask['address'],
        ask['path'],
        ask['headers'],
        ask['timeoutMilliseconds'],
        ask.get('check'),
        seconds=ask['timeoutMilliseconds'] / 1000 + 2,
    )
    redact = Redactor(host)
    answer['body'] = redact(answer['body']).encode()[:2048].decode(errors='ignore')
    answer['headers'] = {name: redact(value)[:MOST_CHARACTERS] for name, value in answer['headers'].items()}
    answer['error'] = answer['error'] and redact(answer['error'])
    return answer


def get(
    address: Address, path: str, headers: dict[str, str], milliseconds: int, check: str | None = None
) -> ProbeAnswer:
    """As the deploying user: one GET, or only a connection, bounded as a whole."""

    def too_late(*_: object) -> NoReturn:
        raise TimeoutError(f'no answer within {milliseconds} ms')

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)
    if 'socket' in address:
        connection = http.client.HTTPConnection('localhost')
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    else:
        connection = http.client.HTTPConnection(address['host'], address['port'])
    begun = time.monotonic()
    answer: ProbeAnswer = {'status': None, 'body': '', 'headers': {}, 'error': None, 'milliseconds': 0}
    try:
        if 'socket' in address:
            connection.sock.connect(address['socket'])
        else:
            connection.connect()
        if check == 'tcp':
            answer['status'] = 200
            answer['milliseconds'] = round((time.monotonic() - begun) * 1000)
            return answer
        if check == 'https':
            connection.sock = unverified().wrap_socket(connection.sock)
        connection.request(
            'GET', path, headers=dict({'Connection': 'close', 'User-Agent': 'landfall'}, **headers)
        )
        response = connection.getresponse()
        fields: dict[str, str] = {}
        for name, value in response.getheaders():
            fields[name.lower()] = fields[name.lower()] + ', ' + value if name.lower() in fields else value
        fields = {cut(name): cut(value) for name, value in list(fields.items())[:MOST_FIELDS]}
        body = response.read(1 << 16).decode(errors='replace')  # a status without it is not an answer
        answer['status'], answer['headers'], answer['body'] = response.status, fields, body
    except (OSError, http.client.HTTPException, ValueError) as error:
        answer['error'] = str(error) or type(error).__name__
    answer['milliseconds'] = round((time.monotonic() - begun) * 1000)
    return answer


def unverified() -> ssl.SSLContext:
    """For the host's own address, for which no certificate is made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def cut(value: str) -> str:
    return value if len(value) <= MOST_CHARACTERS else value[:MOST_CHARACTERS] + CUT
