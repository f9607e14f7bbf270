"""One JSON object on a line each way: reading the request, and an answer for whatever happens."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys

from landfall_host.contract import CONTRACT, LIMITS, check
from landfall_host.places import VAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, BinaryIO, Callable, NoReturn

    from landfall_host.shapes import Answer, Ask

PROTOCOL = CONTRACT['protocol']
VERSION = '0.2.0'
LINE_LIMIT, OUTPUT_LIMIT = LIMITS['requestBytes'], LIMITS['outputBytes']
# The controller gives up a silent connection after the same time, and asks again over another one.
SILENCE_LIMIT = LIMITS['silenceSeconds']


class Refused(Exception):
    """An answer instead of a result: `kind` is one of the contract's error types."""

    def __init__(self, kind: str, message: str, output: str | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.output = kind, message, output


def read_request(stdin: BinaryIO) -> Ask:
    """The request's line, as an object of this protocol."""
    line = arriving(stdin.readline, LINE_LIMIT + 1)
    if len(line) > LINE_LIMIT or not line.endswith(b'\n'):
        raise Refused('InvalidRequest', f'The request is not one line of at most {LINE_LIMIT} bytes.')
    try:
        ask = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise Refused('InvalidRequest', 'The request is not JSON.') from None
    if not isinstance(ask, dict):
        raise Refused('InvalidRequest', 'The request is not a JSON object.')
    if ask.get('protocol') != PROTOCOL:
        raise Refused(
            'SetupNeeded',
            (
                f'landfall-host {VERSION} on this host speaks protocol {PROTOCOL}, not '
                f'{str(ask.get("protocol"))[:20]}. Run `landfall setup` with the Landfall that deploys here.'
            ),
        )
    return ask


def check_request(shape: str | dict[str, Any], value: object, name: str) -> None:
    """Refuses what does not fit the contract."""
    try:
        check(shape, value)
    except ValueError as error:
        raise Refused('InvalidRequest', f"The request's {name}: {error}.") from None


def arriving(read: Callable[[int], bytes], size: int) -> bytes:
    """Reads. Ends the request without an answer when its sender has fallen silent."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SILENCE_LIMIT)
    try:
        return read(size)
    finally:
        signal.alarm(0)


def give_up(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(f'landfall-host: nothing of the request has arrived for {SILENCE_LIMIT} s')


def answer_of(work: Callable[..., Any], *arguments: object) -> Answer:
    """A result, or the error that the protocol has for what went wrong."""
    try:
        return {'protocol': PROTOCOL, 'ok': True, 'result': work(*arguments)}
    except Refused as refused:
        error = {'type': refused.kind, 'message': refused.message}
        if refused.output is not None:
            error['output'] = refused.output
    except OSError as failed:
        error = describe_os_error(failed)
    except Exception as bug:  # still an answer: the caller must not take silence for "unknown"
        import traceback

        at = traceback.extract_tb(bug.__traceback__)[-1]
        error = {
            'type': 'CommandFailed',
            'message': f'landfall-host failed: {type(bug).__name__} in {at.name}, '
            f'{os.path.basename(at.filename)} line {at.lineno}.',
        }
    return {'protocol': PROTOCOL, 'ok': False, 'error': error}


def describe_os_error(failed: OSError) -> dict[str, str]:
    path = str(failed.filename or '')
    if failed.errno not in (errno.ENOSPC, errno.EDQUOT):
        return {
            'type': 'CommandFailed',
            'message': f'{path or "landfall-host"}: {failed.strerror or failed}.',
        }
    there = path or VAR
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    space = os.statvfs(there)
    # A service writes there without a limit, and nothing starts on this host while that is full.
    who = (
        ' `du -xs /run/landfall/services/* /run/*.run` shows whether a service fills it. `systemctl stop` of that '
        'service empties it.'
    )
    return {
        'type': 'NoSpace',
        'message': f'No space left for {path or VAR}: {space.f_bavail * space.f_frsize >> 20} MiB and '
        f'{space.f_favail} inodes are free there. Free some and deploy again.'
        + (who if path.startswith('/run/') else ''),
    }


def write_answer(answer: Answer) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b'\n')
    sys.stdout.buffer.flush()
