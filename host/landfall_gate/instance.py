"""The stages of all workers of one instance, in memory that they share.

Each worker has a slot with its process id and its stage. A record lock guards the slots. The kernel frees the
lock when its holder dies in any way, and the lock needs no thread in the master.
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

IMPORTING, STARTING, ASKING, PROVEN, OPEN, OPEN_UNPROVEN, DRAINED = 1, 2, 3, 4, 5, 6, 7
STAGES = {
    IMPORTING: 'importing the application',
    STARTING: 'starting the application (lifespan)',
    ASKING: 'waiting for an answer of readiness.path',
    PROVEN: 'waiting for the other workers',
    OPEN: 'serving',
    OPEN_UNPROVEN: 'serving',
    DRAINED: 'ending',
}
# The header: whether the instance is ready, the length of the refusal's reason, the number of used slots.
HEADER, REASON, SLOT = struct.Struct('=BxHI'), 4096, struct.Struct('=II')
SLOTS = 4096
# Behind the slots: whether the instance is told to stop.
STOPPING = REASON + SLOT.size * SLOTS


class Instance:
    def __init__(self, path: str | None = None, started: float | None = None) -> None:
        """`path`: a file for workers that are not forked. `started`: when the instance was, if not now."""
        self.path = path
        self.started = time.monotonic() if started is None else started
        self._file = shared_file() if path is None else os.open(path, os.O_RDWR | os.O_CLOEXEC)
        size = STOPPING + 1
        os.ftruncate(self._file, size)
        self._memory = mmap.mmap(self._file, size)

    @property
    def ready(self) -> bool:
        """Whether all workers have served at least once since this instance was started."""
        return bool(HEADER.unpack_from(self._memory)[0])

    @property
    def stopping(self) -> bool:
        """Whether the workers are to drain. Gunicorn tells its workers itself."""
        return bool(self._memory[STOPPING])

    def stop(self) -> None:
        self._memory[STOPPING] = 1

    def has_drained(self) -> bool:
        """Whether no worker that runs has a connection left."""
        return all(stage == DRAINED or not os.path.exists(f'/proc/{pid}') for pid, stage in self._workers())

    @property
    def reason(self) -> str:
        """Why a worker refused to serve; empty: none has."""
        with self._locked() as (_, length, _used):
            return self._memory[HEADER.size : HEADER.size + length].decode(errors='replace')

    def refuse(self, reason: str) -> bool:
        """The first reason stays. Returns whether it is this one."""
        text = beginning(reason, REASON - HEADER.size - len(CUT)).encode()
        with self._locked() as (ready, length, used):
            if not length:
                self._memory[HEADER.size : HEADER.size + len(text)] = text
                HEADER.pack_into(self._memory, 0, ready, len(text), used)
            return not length

    def reach(self, pid: int, stage: int) -> None:
        """Notes a worker's stage."""
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

    def leave(self, pid: int) -> int:
        """Frees a worker's slot. Returns its stage, or 0 if the worker had not reached any."""
        with self._locked() as (_ready, _length, used):
            for at, (owner, stage) in self._slots(used):
                if owner == pid:
                    SLOT.pack_into(self._memory, REASON + SLOT.size * at, 0, 0)
                    return stage
        return 0

    def lost(self) -> tuple[int, int] | None:
        """(process id, stage) of a worker that has ended without leaving."""
        for pid, stage in self._workers():
            if not os.path.exists(f'/proc/{pid}'):
                return pid, stage
        return None

    def slowest(self) -> tuple[int, int] | None:
        """(process id, stage) of the worker that is furthest from serving."""
        workers = self._workers()
        return min(workers, key=lambda worker: worker[1]) if workers else None

    def _workers(self) -> list[tuple[int, int]]:
        with self._locked() as (_ready, _length, used):
            return [(pid, stage) for _, (pid, stage) in self._slots(used) if pid]

    def count(self, stage: int) -> int:
        """The number of workers that have reached this stage."""
        with self._locked() as (_ready, _length, used):
            return self._reached(stage, used)

    def become_ready(self, workers: int) -> bool:
        """True for exactly one caller: the one that finds this number of workers serving."""
        with self._locked() as (ready, length, used):
            if ready or self._reached(OPEN, used) < workers:
                return False
            HEADER.pack_into(self._memory, 0, 1, length, used)
            return True

    def _reached(self, stage: int, used: int) -> int:
        return sum(owner != 0 and reached >= stage for _, (owner, reached) in self._slots(used))

    def _slots(self, used: int) -> Iterator[tuple[int, tuple[int, int]]]:
        for at in range(used):
            owner, stage = SLOT.unpack_from(self._memory, REASON + SLOT.size * at)
            yield at, (owner, stage)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[tuple[int, int, int]]:
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            ready, length, used = HEADER.unpack_from(self._memory)
            yield ready, length, used
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def shared_file() -> int:
    try:
        return os.memfd_create('landfall-gate')
    except (AttributeError, OSError):  # a Python that was built without it
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
