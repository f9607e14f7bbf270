"""An HTTPS GET from the host itself to the proxy on it, under a domain name: whether users are served."""

from __future__ import annotations

import base64
import http.client
import signal
import socket
import ssl

from landfall_host.children import as_user
from landfall_host.redaction import Redactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, NoReturn

    from landfall_host.contract_types import ProbeDomainRequest, ProbeDomainResult
    from landfall_host.state import Host


def verb_probe_domain(host: Host, ask: ProbeDomainRequest, stdin: BinaryIO) -> ProbeDomainResult:
    milliseconds = ask['timeoutMilliseconds']
    answer: ProbeDomainResult = as_user(
        host.deployer,
        get_by_name,
        ask['name'],
        ask['address'],
        ask['path'],
        milliseconds,
        seconds=milliseconds / 1000 + 2,
    )
    answer['error'] = answer['error'] and Redactor(host)(answer['error'])
    return answer


def get_by_name(name: str, address: str, path: str, milliseconds: int) -> ProbeDomainResult:
    """As the deploying user. A certificate that this host does not trust is told, and the answer is still asked for."""

    def too_late(*_: object) -> NoReturn:
        raise TimeoutError(f'no answer within {milliseconds} ms')

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)
    answer: ProbeDomainResult = {'status': None, 'certificate': None, 'distrusted': None, 'error': None}
    try:
        trusting = ssl.create_default_context()
        try:
            secure = trusting.wrap_socket(socket.create_connection((address, 443)), server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            answer['distrusted'] = error.verify_message or str(error)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            secure = trusting.wrap_socket(socket.create_connection((address, 443)), server_hostname=name)
        answer['certificate'] = base64.b64encode(secure.getpeercert(True) or b'').decode() or None
        connection = http.client.HTTPConnection(name)
        connection.sock = secure
        connection.request('GET', path, headers={'Connection': 'close', 'User-Agent': 'landfall'})
        answer['status'] = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        answer['error'] = str(error) or type(error).__name__
    return answer
