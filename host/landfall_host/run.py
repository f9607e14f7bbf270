"""Running a program: its status and what it printed, within a time and a size."""

from __future__ import annotations

import os
import re
import select
import time

from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.shapes import Outcome


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
