"""A job's output on its way to disk: all of it passes, the newest of it stays.

The keeper runs alongside the job's command, as the same user and in the same cgroup. It reads the pipe that the
command writes to, and writes the file, which systemd opened as root. The command itself stays the unit's main
process, so that systemd knows how it ended.
"""

from __future__ import annotations

import os

# Far more than leaves the host, and little enough for a hundred jobs on a small disk. At most twice this is on disk.
KEPT_BYTES = 1 << 20
NOTICE = b'[landfall: earlier output was left out]\n'


def keep_output(source: int, target: int) -> None:
    """Copies from one descriptor to the other until every process that could still print has ended."""
    recent = bytearray()
    for block in iter(lambda: os.read(source, 1 << 16), b''):
        recent += block
        try:
            if len(recent) > 2 * KEPT_BYTES:
                del recent[:-KEPT_BYTES]
                os.ftruncate(target, 0)
                block = NOTICE + recent
            while block:
                block = block[os.write(target, block) :]
        except OSError:
            pass  # The disk is full. The command continues, and later output may find room.
