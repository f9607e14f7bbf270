"""Boots a release on a private socket, asks whether it is ready, and stops it again.

Run by a job as the service's user, in the release's directory and with its environment:
`python3 -I -c <this source> <JSON>`, where the JSON object is
    argv            Gunicorn's command; `{socket}` in it stands for the private socket's path, `{port}` for a free port
                    of 127.0.0.1, `{gate}` for the gate
    tcp             whether it listens on that port, as the service listens on TCP; else on the socket
    client          the address from which it is asked on TCP, as the service is; null: a loopback address
    environment     variables of it alone
    path, headers   the readiness question, asked as HTTP there
    check           absent: by HTTP; `https` (the certificate is not verified), `tcp` (a connection), or the words of a
                    command, which finds the address in LANDFALL_BIND
    expect, ignoresBody         how the body of an answer is judged; may be left out
    judge           the source of landfall_gate/judge.py
    successes       how many good answers in a row are enough
    timeoutMilliseconds         how long it may take until then
    requestTimeoutMilliseconds  limit of one request
    graceMilliseconds           how long Gunicorn may take to stop
    workers         how many workers the command boots; more than 4 above that is a crash loop

Exits with 0 (ready), 1 (not ready in time), 3 (Gunicorn exited by itself) or 4 (crash loop). The last line printed
says why.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, NoReturn

READY, NOT_READY, EXITED, CRASH_LOOP = 0, 1, 3, 4
ANSWER_LIMIT = 4096
# Seconds beyond the limit; and times the usual limit that a question gets then.
MOST_OVERTIME, MOST_PATIENCE = 20.0, 5
# Seconds that a service has to stay up which is only asked for a connection.
MIN_UP = 3.0
# Where an answer is cut, by which the host knows that half a secret may stand there.
CUT = '[landfall: cut]'


# A server that speaks something else ends the connection, or answers in its own way.
NOT_HTTP = (ConnectionResetError, http.client.HTTPException)


class TooLong(Exception):
    """One request took too long as a whole; a socket's own timeout starts again with every byte."""


def main() -> int:
    spec = json.loads(sys.argv[1])
    path = os.path.join(os.environ['RUNTIME_DIRECTORY'].split(':')[0], 'rehearsal.sock')
    # A job that is stopped must stop what it booted; the exception passes through `finally` below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if not spec.get('tcp'):
        # As in the unit: on a socket a server sees no client's address.
        os.environ.setdefault('FORWARDED_ALLOW_IPS', '*')
    # Gunicorn from 25.1 on puts its control socket there, always under one name. The live one keeps its own.
    environment = dict(os.environ, XDG_RUNTIME_DIR=os.path.dirname(path))
    environment.update(spec.get('environment', {}))
    gate = environment.pop('LANDFALL_GATE_FOLDER', '')
    port = free_port() if spec.get('tcp') else None
    at: str | int = path if port is None else port
    spec['environment'] = dict(
        environment, LANDFALL_BIND=f'unix:{path}' if port is None else f'127.0.0.1:{port}'
    )
    gunicorn = subprocess.Popen(  # noqa: S603 -- the command that was asked for
        [filled(word, {'{socket}': path, '{port}': str(port), '{gate}': gate}) for word in spec['argv']],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert gunicorn.stdout is not None  # noqa: S101 -- for the type checker: it is a pipe
    boots = Boots(gunicorn.stdout)
    try:
        code, why = watch(gunicorn, boots, spec, at)
    finally:
        stop(gunicorn, spec.get('graceMilliseconds', 10000) / 1000)
        boots.join(2)
    print('rehearsal: ' + why, flush=True)
    return code


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


class Boots(threading.Thread):
    """Passes the output on and counts the workers that were booted."""

    def __init__(self, output: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.output, self.count = output, 0
        self.start()

    def run(self) -> None:
        for line in self.output:
            self.count += b'Booting worker' in line
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def watch(
    gunicorn: subprocess.Popen[bytes], boots: Boots, spec: dict[str, Any], at: str | int
) -> tuple[int, str]:
    """Asks until it is ready or cannot become so: (exit status, why in one line)."""
    limit, request = spec['timeoutMilliseconds'] / 1000, spec.get('requestTimeoutMilliseconds', 5000) / 1000
    began = time.monotonic()
    # Beyond the limit the release is refused all the same, and is told how long it took.
    deadline = began + limit + min(limit / 2, MOST_OVERTIME)
    heard, last = False, 'nothing answered'
    judging = types.ModuleType('judge')
    exec(spec['judge'], judging.__dict__)  # noqa: S102 -- the source comes with this one
    causes, row = judging.FinalCauses(), judging.Row(spec['successes'])
    late = f'not ready within {limit:g} s (rehearse.timeout)'
    while True:
        left = deadline - time.monotonic()
        is_late = time.monotonic() - began > limit
        if gunicorn.poll() is not None:
            return (
                EXITED,
                f'Gunicorn exited with {describe_exit(gunicorn.returncode)} before the release was ready',
            )
        if boots.count > spec.get('workers', 1) + 4:
            return CRASH_LOOP, f'workers were booted {boots.count} times: they exit as soon as they start'
        if left <= 0:
            return NOT_READY, f'{late}; {last}'
        seconds = min(left, request * MOST_PATIENCE if is_late else request)
        asked = time.monotonic()
        status, said, cause = ask(at, spec, judging, seconds)
        took = time.monotonic() - asked
        # Of a request that had another time than usual, the answer before it tells more.
        if status or not heard or (seconds == request and not is_late):
            key = ' (readiness.requestTimeout)' if status is None and took >= request else ''
            heard, last = True, said + key
        row.see(cause is None)
        causes.see(cause, time.monotonic())
        if causes.is_over(time.monotonic()):
            return NOT_READY, said
        if row.flaps():
            return NOT_READY, f'{row.words()}, the last bad one: {said if cause is not None else last}'
        if spec.get('check') == 'tcp' and time.monotonic() - began < MIN_UP:
            time.sleep(0.1)  # Gunicorn listens before its workers have loaded the app.
            continue
        if row.is_long_enough() or (is_late and cause is None):
            if took > request:
                more = f'an answer took {took:.1f} s, more than {request:g} s (readiness.requestTimeout)'
                return NOT_READY, f'{late}, but {more}'
            if is_late:
                return NOT_READY, f'{late}, but after {time.monotonic() - began:.1f} s'
            return READY, f'ready after {time.monotonic() - began:.1f} s'
        time.sleep(0.02 if row.good else 0.1)


def ask(
    at: str | int, spec: dict[str, Any], judging: Any, seconds: float
) -> tuple[int | None, str, str | None]:
    """(status or None, what was answered, the cause of a bad answer: None where it is good, '' where unknown)."""

    def too_long(*_: object) -> NoReturn:
        raise TooLong(f'no answer within {seconds:.1f} s')

    check = spec.get('check')
    if isinstance(check, list):
        return ask_command(check, spec['environment'], seconds)
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.05))
    connection = http.client.HTTPConnection('localhost')
    given = {name.lower(): value for name, value in spec.get('headers', {}).items()}
    try:
        connection.sock = connected(at, spec.get('client'))
        if check == 'tcp':
            return 200, 'a connection was accepted', None
        if check == 'https':
            connection.sock = unverified().wrap_socket(connection.sock)
        # With no other fields than the question from outside has.
        connection.putrequest('GET', spec['path'], skip_host='host' in given, skip_accept_encoding=True)
        for name, value in {'connection': 'close', 'user-agent': 'landfall', **given}.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read(ANSWER_LIMIT + 1)
        text = body[:ANSWER_LIMIT].decode(errors='replace')
        if len(body) > ANSWER_LIMIT:
            text = text.rstrip('\ufffd') + CUT
        fields = {name.lower(): value for name, value in response.getheaders()}
        expect = False if spec.get('ignoresBody') else spec.get('expect')
        question = judging.Question(spec['path'], given.get('host', 'localhost'), check == 'https', expect)
        fault = judging.judge(response.status, fields, text, question)
        if fault is None:
            return response.status, f'the last answer was {response.status}', None
        return response.status, f'{spec["path"]} {judging.said(response.status, fault, text)}', fault[0]
    except (OSError, http.client.HTTPException, TooLong) as error:
        if check is None and isinstance(error, NOT_HTTP) and speaks_tls(at):
            return None, f'{spec["path"]}: no answer: the address speaks TLS, not HTTP', 'tls'
        return None, f'the last request failed: {str(error) or type(error).__name__}', ''
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.close()


def speaks_tls(at: str | int) -> bool:
    """Within the time of the question that failed."""
    try:
        with connected(at) as sock, unverified().wrap_socket(sock):
            return True
    except (OSError, TooLong):
        return False


def connected(at: str | int, client: str | None = None) -> socket.socket:
    if isinstance(at, int):
        return socket.create_connection(('127.0.0.1', at), None, (client, 0) if client else None)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(at)
    return sock


def unverified() -> ssl.SSLContext:
    """For a private address, for which no certificate is made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ask_command(
    command: list[str], environment: dict[str, str], seconds: float
) -> tuple[int | None, str, str | None]:
    """Likewise, of the project's own command: its exit status counts."""
    began = time.monotonic()
    child = subprocess.Popen(  # noqa: S603 -- the command of landfall.yaml
        ['/usr/bin/env', '--', *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=max(seconds, 0.05))
    except subprocess.TimeoutExpired:
        kill_group(child, signal.SIGKILL)
        child.communicate()
        return None, f'readiness.check: the command did not end within {time.monotonic() - began:.1f} s', ''
    if child.returncode == 0:
        return 200, 'readiness.check: the command succeeded', None
    said = ' '.join(output[:ANSWER_LIMIT].decode(errors='replace').split())[:500]
    how = f'readiness.check: the command ended with {describe_exit(child.returncode)}'
    return 503, f'{how}: {said}' if said else how, ''


def stop(gunicorn: subprocess.Popen[bytes], grace: float) -> None:
    """Ends its whole process group, workers that ignore the master included."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    kill_group(gunicorn, signal.SIGTERM)
    try:
        gunicorn.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    kill_group(gunicorn, signal.SIGKILL)
    gunicorn.wait()


def kill_group(gunicorn: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(gunicorn.pid, number)
    except ProcessLookupError:
        pass


def describe_exit(status: int) -> str:
    return 'signal %s' % -status if status < 0 else f'status {status}'


if __name__ == '__main__':
    sys.exit(main())
