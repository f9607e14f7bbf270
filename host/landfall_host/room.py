"""How much an archive may take of a file system: what is free, less a reserve for what already runs there."""

from __future__ import annotations

import os

from landfall_host.protocol import Refused

# Of the whole file system, at most so many bytes: databases and logs continue while a release arrives. Less than the
# controller wants to see free before it begins, so that a small release still fits then.
RESERVE_SHARE = 0.05
MOST_RESERVE = 128 << 20


class Room:
    """Counted down before anything is written: a file system that is full harms everybody on the host."""

    def __init__(self, path: str) -> None:
        space = os.statvfs(path)
        self.block = space.f_frsize
        self.free = space.f_bavail * space.f_frsize
        self.reserve = int(min(MOST_RESERVE, RESERVE_SHARE * space.f_blocks * space.f_frsize))
        self.left = self.free - self.reserve
        # Some file systems make inodes as they are needed, and count none.
        self.inodes_free = space.f_favail
        self.inodes = int(space.f_favail - RESERVE_SHARE * space.f_files) if space.f_files else None

    def has(self, size: int, inodes: int) -> bool:
        """Whether so many bytes and inodes are left, less the reserve."""
        return self.left >= size and (self.inodes is None or self.inodes >= inodes)

    def take(self, size: int, into: str) -> None:
        """A file of so many bytes, or a directory or link (0)."""
        self.left -= -(-size // self.block) * self.block or self.block
        if self.inodes is not None:
            self.inodes -= 1
        if self.left < 0 or (self.inodes is not None and self.inodes < 0):
            raise Refused(
                'NoSpace',
                f'No space left for {into}: {self.free >> 20} MiB and {self.inodes_free} inodes are free '
                f'there, of which {self.reserve >> 20} MiB and {RESERVE_SHARE * 100:.0f} % of all inodes '
                'are kept for what runs on this host. Free some, or leave large files out of the '
                'repository, and deploy again.',
            )
