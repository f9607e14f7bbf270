"""What the workers of one instance know of each other, in memory that they share.

Each worker has a slot with its process id and how far it has come. A record lock guards the slots: the
kernel frees it when its holder dies, in whatever way, and it needs no thread in the master.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import tempfile
import time

from landfall_gate.shorten import CUT, beginning

IMPORTING, STARTING, ASKING, PROVEN, OPEN, OPEN_UNPROVEN = 1, 2, 3, 4, 5, 6
STAGES = {
    IMPORTING: 'importing the application',
    STARTING: 'starting the application (lifespan)',
    ASKING: 'asking for readiness',
    PROVEN: 'waiting for the other workers',
    OPEN: 'serving',
    OPEN_UNPROVEN: 'serving',
}
HEADER, REASON, SLOT = struct.Struct('=BxHI'), 4096, struct.Struct('=II')
SLOTS = 4096


class Instance:
    def __init__(self):
        self.started = time.monotonic()
        self._file = shared_file()
        size = REASON + SLOT.size * SLOTS
        os.ftruncate(self._file, size)
        self._memory = mmap.mmap(self._file, size)

    @property
    def ready(self):
        """All workers have served at least once since this instance was started."""
        return bool(HEADER.unpack_from(self._memory)[0])

    @property
    def reason(self):
        """Why a worker refused to serve, or ''."""
        with self._locked() as (_, length, _used):
            return self._memory[HEADER.size : HEADER.size + length].decode(errors='replace')

    def refuse(self, reason):
        text = beginning(reason, REASON - HEADER.size - len(CUT)).encode()
        with self._locked() as (ready, length, used):
            if not length:
                self._memory[HEADER.size : HEADER.size + len(text)] = text
                HEADER.pack_into(self._memory, 0, ready, len(text), used)

    def reach(self, pid, stage):
        """Notes how far a worker has come."""
        with self._locked() as (ready, length, used):
            free = used
            for at, (owner, _) in self._slots(used):
                if owner == pid:
                    free = at
                    break
                if not owner and free == used:
                    free = at
            if free < SLOTS:
                SLOT.pack_into(self._memory, REASON + SLOT.size * free, pid, stage)
                HEADER.pack_into(self._memory, 0, ready, length, max(used, free + 1))

    def leave(self, pid):
        """Frees a worker's slot; how far it had come, or 0 if it had not even begun."""
        with self._locked() as (_ready, _length, used):
            for at, (owner, stage) in self._slots(used):
                if owner == pid:
                    SLOT.pack_into(self._memory, REASON + SLOT.size * at, 0, 0)
                    return stage
        return 0

    def count(self, stage):
        """How many workers have come at least that far."""
        with self._locked() as (_ready, _length, used):
            return sum(owner != 0 and reached >= stage for _, (owner, reached) in self._slots(used))

    def become_ready(self, workers):
        """True for exactly one caller: the one that finds that many workers serving."""
        with self._locked() as (ready, length, used):
            serving = sum(owner != 0 and reached >= OPEN for _, (owner, reached) in self._slots(used))
            if ready or serving < workers:
                return False
            HEADER.pack_into(self._memory, 0, 1, length, used)
            return True

    def _slots(self, used):
        for at in range(used):
            yield at, SLOT.unpack_from(self._memory, REASON + SLOT.size * at)

    @contextlib.contextmanager
    def _locked(self):
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield HEADER.unpack_from(self._memory)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def shared_file():
    try:
        return os.memfd_create('landfall-gate')
    except (AttributeError, OSError):  # a Python built without it
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
