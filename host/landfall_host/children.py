"""Children of this process: as another user, or with a time limit.

Root works in directories of other users only through such a child, which has become that user.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time

from landfall_host.accounts import account
from landfall_host.protocol import Refused
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

# Seconds for work that the deploying or the service's user can slow down. Enough for a slow disk, and less than a
# request waits for the lock.
CHILD_SECONDS = 5
# Bytes of a child's result: beyond any that is meant.
RESULT_LIMIT = 16 << 20


def as_user(
    name: str,
    work: Callable[..., Any],
    *arguments: Any,
    seconds: float = CHILD_SECONDS,
    files: Iterable[int] = (),
) -> Any:
    """Calls work(*arguments) in a child that has become this user permanently. Returns its (JSON) result."""
    return begin_as_user(name, work, *arguments, seconds=seconds, files=files)()


def begin_as_user(
    name: str,
    work: Callable[..., Any],
    *arguments: Any,
    seconds: float = CHILD_SECONDS,
    files: Iterable[int] = (),
) -> Callable[[], Any]:
    """Begins what `as_user` does. Returns the function that waits for the result; it must be called in any case.

    This user can stop the child at any moment, and a file that it opens may never answer. After `seconds` the child is
    killed with every process that it started, and the request is `Busy`. Of this process's files the child has only
    `files`. So a process that is left over holds neither the lock nor the caller's connection.
    """
    user = account(name)

    def become() -> None:
        os.initgroups(name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.umask(0o027)
        os.chdir('/')
        os.environ.update(HOME=user.pw_dir, USER=name, LOGNAME=name)

    outcome = begin_child(become, work, arguments, seconds, files)

    def result() -> Any:
        said, whole = outcome()
        if not whole:
            raise Refused(
                'Busy',
                f'`{work.__name__.replace("_", " ")}` as {name} did not end within {int(seconds)} s on this '
                f'host, and was killed. Try again; look for what stops or slows down the processes of {name} '
                'there.',
            )
        return result_of_child(said, name)

    return result


def in_time(work: Callable[..., Any], *arguments: Any, seconds: float, otherwise: Any) -> Any:
    """Calls work(*arguments) in a child that stays root; `otherwise` when it has no result within `seconds`.

    For the kernel's answers about the memory of another user's process, which that process can slow down.
    """
    said, whole = begin_child(None, work, arguments, seconds, ())()
    return result_of_child(said, 'root') if whole else otherwise


def begin_child(
    become: Callable[[], None] | None,
    work: Callable[..., Any],
    arguments: tuple[Any, ...],
    seconds: float,
    files: Iterable[int],
) -> Callable[[], tuple[bytes, bool]]:
    """Returns the function that waits: (the child's outcome as it wrote it, whether that is all).

    Afterwards nothing is left of the child.
    """
    limit = time.monotonic() + seconds
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            keep_files({writer, *files})
            if become:
                become()
            with os.fdopen(writer, 'wb') as pipe:
                pipe.write(json.dumps(outcome_of(work, arguments)).encode())
        finally:
            os._exit(0)
    os.close(writer)

    def outcome() -> tuple[bytes, bool]:
        try:
            return read_until(reader, limit)
        finally:
            os.close(reader)
            end_group(child)

    return outcome


def keep_files(kept: set[int]) -> None:
    """Closes every file but these. Standard input, output and error lead to /dev/null unless they are kept."""
    for number in [int(entry) for entry in os.listdir('/proc/self/fd')]:
        if number > 2 and number not in kept:
            try:
                os.close(number)
            except OSError:
                pass  # the listing itself
    nothing = os.open('/dev/null', os.O_RDWR)
    for number in {0, 1, 2} - kept:
        os.dup2(nothing, number)


def outcome_of(work: Callable[..., Any], arguments: tuple[Any, ...]) -> dict[str, Any]:
    try:
        return {'result': work(*arguments)}
    except Refused as refused:
        return {'refused': [refused.kind, refused.message, refused.output]}
    except OSError as error:
        return {'os': [error.errno, error.strerror or str(error), error.filename and str(error.filename)]}
    except SystemExit as gone:
        return {'gone': str(gone.code)}
    except Exception as error:
        return {'refused': ['CommandFailed', f'{type(error).__name__}: {error}', None]}


def read_until(reader: int, limit: float) -> tuple[bytes, bool]:
    """The data until the end of a pipe, and whether all of it came until this time and within a sensible size."""
    said = bytearray()
    while True:
        if not select.select([reader], [], [], max(0.0, limit - time.monotonic()))[0]:
            return said, False
        block = os.read(reader, 1 << 16)
        if not block:
            return said, True
        said += block
        if len(said) > RESULT_LIMIT:
            raise Refused('CommandFailed', f'A step on this host gave more than {RESULT_LIMIT} bytes.')


def end_group(child: int) -> None:
    """Ends a child and its processes. A child that the kernel does not let go is left to init."""
    for end in (os.killpg, os.kill):
        try:
            end(child, 9)
        except ProcessLookupError:
            pass  # the group is not there yet, or everything in it has ended
    wait_until(lambda: os.waitpid(child, os.WNOHANG)[0] != 0, 2, 0.001, 0.001)


def result_of_child(said: bytes, name: str) -> Any:
    """The result of the work, from a child that its user may have killed or manipulated."""
    try:
        answer = json.loads(said.decode())
        ((kind, value),) = answer.items()
    except (ValueError, RecursionError, AttributeError):
        raise Refused('CommandFailed', f'A step as {name} was killed.') from None
    if kind == 'os':
        raise OSError(*value)
    if kind == 'gone':
        sys.exit(value)
    if kind == 'refused':
        raise Refused(*value)
    return value
