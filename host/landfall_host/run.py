"""Running programs, and becoming another user for what happens in directories that are not root's."""

from __future__ import annotations

import json
import os
import pwd
import re
import resource
import select
import signal
import sys
import time

from landfall_host.protocol import Refused
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from landfall_host.shapes import Outcome

CLEAN_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LC_ALL': 'C.UTF-8',
    'SYSTEMD_COLORS': '0',
    'SYSTEMD_PAGER': '',
    'SYSTEMD_LOG_LEVEL': 'warning',
}

OPEN_FILES = 1024
# The least of each limit with which a request can be finished. All limits are lifted where that is allowed.
LEAST = {
    'FSIZE': 1 << 32,
    'NOFILE': 64,
    'CPU': 300,
    'AS': 1 << 30,
    'DATA': 1 << 30,
    'RSS': 1 << 30,
    'STACK': 1 << 20,
    'NPROC': 64,
}
# Python ignores these itself, so that a write fails instead.
OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
# Seconds for work that the deploying or the service's user can slow down. Enough for a slow disk, and less than a
# request waits for the lock.
CHILD_SECONDS = 5
# Bytes of a child's result: beyond any that is meant.
RESULT_LIMIT = 16 << 20


def enter_clean_environment() -> dict[str, str]:
    """Keeps the caller's environment, limits and signals from all that runs here. Returns that environment."""
    os.umask(0o022)
    os.chdir('/')
    enter_own_limits()
    enter_own_signals()
    given = dict(os.environ)
    os.environ.clear()
    os.environ.update(CLEAN_ENVIRONMENT)
    return given


def enter_own_limits() -> None:
    """sudo passes on the caller's limits. One byte a file, or one second of CPU time, would interrupt a change."""
    for name in LEAST:
        kind = getattr(resource, 'RLIMIT_' + name)
        wanted = OPEN_FILES if name == 'NOFILE' else resource.RLIM_INFINITY
        try:
            resource.setrlimit(kind, (wanted, wanted))
        except (ValueError, OSError):  # in a container that may not raise it
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_own_limits() -> None:
    """Refuses to begin what could not be ended: where the caller's limits cannot be raised."""
    for name, least in LEAST.items():
        limit = resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[0]
        if limit != resource.RLIM_INFINITY and limit < least:
            raise Refused(
                'CommandFailed',
                f'RLIMIT_{name} is {limit} for whoever calls landfall-host on this host, and cannot be '
                f'raised; it must be at least {least}. Nothing was done. Raise it for this login.',
            )


def enter_own_signals() -> None:
    """A caller can have signals ignored or held back. Children would then end unseen, and no alarm would come."""
    for number in signal.valid_signals():
        if number not in OF_PYTHON and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def run(argv: list[str], seconds: float = 20, most: int = 64 << 20) -> Outcome:
    """Runs a program. Returns (exit status, standard output, standard error).

    The program is killed after this time, or when it has printed more than `most` bytes. Its status is then 124.

    `subprocess` would do the same; importing it takes longer than the rest of a short request.
    """
    pipes = [os.pipe(), os.pipe()]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, '/dev/null', os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, pipes[0][1], 1),
        (os.POSIX_SPAWN_DUP2, pipes[1][1], 2),
    ]
    said = {reader: bytearray() for reader, _ in pipes}
    try:
        child = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    except OSError as error:
        return 127, '', f'{argv[0]}: {error.strerror}'
    finally:
        for _, writer in pipes:
            os.close(writer)
    limit, open_ones = time.monotonic() + seconds, set(said)
    while open_ones and time.monotonic() < limit and sum(map(len, said.values())) <= most:
        for reader in select.select(list(open_ones), [], [], max(0.0, limit - time.monotonic()))[0]:
            block = os.read(reader, 1 << 16)
            said[reader] += block
            if not block:
                open_ones.discard(reader)
    if open_ones:
        os.kill(child, 9)
    status = os.waitpid(child, 0)[1]
    for reader in said:
        os.close(reader)
    printed = sum(map(len, said.values()))
    out, err = (each.decode(errors='replace') for each in said.values())
    if open_ones:
        why = f'printed more than {most} bytes' if printed > most else f'did not end within {seconds} s'
        return 124, out, f'{" ".join(argv[:2])} {why}'
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)), out, err


def must_run(argv: list[str], seconds: float = 20) -> str:
    status, out, err = run(argv, seconds)
    if status and re.search(
        r'Transport endpoint is not connected|Failed to connect to bus|Connection reset by peer|is destructive',
        err,
    ):
        raise Refused('Busy', 'systemd does not answer: this host is going down or coming up.')
    if status:
        raise Refused('CommandFailed', f'`{" ".join(argv[:3])}` ended with {status}.', (out + err))
    return out


def as_user(
    name: str,
    work: Callable[..., Any],
    *arguments: Any,
    seconds: float = CHILD_SECONDS,
    files: Iterable[int] = (),
) -> Any:
    """Calls work(*arguments) in a child that has become this user permanently. Returns its (JSON) result.

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

    said, whole = in_child(become, work, arguments, seconds, files)
    if not whole:
        raise Refused(
            'Busy',
            f'`{work.__name__.replace("_", " ")}` as {name} did not end within {int(seconds)} s on this '
            f'host, and was killed. Try again; look for what stops or slows down the processes of {name} '
            'there.',
        )
    return result_of_child(said, name)


def in_time(work: Callable[..., Any], *arguments: Any, seconds: float, otherwise: Any) -> Any:
    """Calls work(*arguments) in a child that stays root; `otherwise` when it has no result within `seconds`.

    For the kernel's answers about the memory of another user's process, which that process can slow down.
    """
    said, whole = in_child(None, work, arguments, seconds, ())
    return result_of_child(said, 'root') if whole else otherwise


def in_child(
    become: Callable[[], None] | None,
    work: Callable[..., Any],
    arguments: tuple[Any, ...],
    seconds: float,
    files: Iterable[int],
) -> tuple[bytes, bool]:
    """(the child's outcome as it wrote it, whether that is all). Afterwards nothing is left of the child."""
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
    try:
        return read_within(reader, seconds)
    finally:
        os.close(reader)
        end_group(child)


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


def read_within(reader: int, seconds: float) -> tuple[bytes, bool]:
    """The data until the end of a pipe, and whether all of it came within this time and a sensible size."""
    limit, said = time.monotonic() + seconds, bytearray()
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


def account(name: str) -> pwd.struct_passwd:
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Refused(
            'SetupNeeded', f'The user {name} does not exist on this host. Run `landfall setup`.'
        ) from None
    if user.pw_uid == 0:
        raise Refused('SetupNeeded', f'The user {name} is root. Run `landfall setup` with another one.')
    return user
