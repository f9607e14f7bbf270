"""The processes of a unit, and what they hold, as far as one look may go.

An app may have any number of processes and of open files. No look takes long for that: it ends at its bounds,
and then knows that it did not see everything.
"""

from __future__ import annotations

import os
import re
import time
from itertools import islice

from landfall_host.children import in_time
from landfall_host.files import read_of_kernel
from landfall_host.systemd import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.shapes import Properties

# The limits of one request. A busy service has some ten thousand open files; each takes five microseconds.
MOST_THINGS, MOST_SECONDS = 100000, 2
# Reading the memory of one mostly takes up to a millisecond.
MOST_MEASURED = 1000
# Bytes of what the kernel tells of one process or control group.
MOST_BYTES = 1 << 20
MOST_CHILDREN = 1000
# A server opens its listener early: among so many files of each process it is looked for first.
FIRST_FILES = 64
CONTROL_GROUPS = ('/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd')


class Look:
    """Counts what is looked at. `over`: it ended at its bounds."""

    def __init__(self, things: int = MOST_THINGS, seconds: float = MOST_SECONDS) -> None:
        self.left, self.limit, self.over = things, time.monotonic() + seconds, False

    def goes_on(self) -> bool:
        self.left -= 1
        if self.left < 0 or (self.left % 64 == 0 and time.monotonic() > self.limit):
            self.over = True
        return not self.over


def processes_of(unit: Properties, look: Look) -> Iterator[int]:
    """The processes of a unit, by its ControlGroup and MainPID. The main process first: most questions end there."""
    main, group = number(unit.get('MainPID')), unit.get('ControlGroup')
    if main:
        yield main
    directory = (
        next(
            (root + group for root in CONTROL_GROUPS if os.path.exists(root + group + '/cgroup.procs')), None
        )
        if group
        else None
    )
    others = in_control_group(directory, look) if directory else children_of(main) if main else ()
    for pid in others:
        if not look.goes_on():
            return
        if pid != main:
            yield pid


def in_control_group(directory: str, look: Look) -> Iterator[int]:
    for below, _, _ in os.walk(directory):
        if not look.goes_on():
            return
        yield from pids_in(below + '/cgroup.procs', look)


def children_of(pid: int) -> list[int]:
    return pids_in(f'/proc/{pid}/task/{pid}/children')[:MOST_CHILDREN]


def pids_in(path: str, look: Look | None = None) -> list[int]:
    """The processes in a list of the kernel's. Empty when the list is gone, or goes meanwhile."""
    try:
        with open(path) as file:
            content = file.read(MOST_BYTES)
    except OSError:  # ENOENT, ESRCH or ENODEV
        return []
    if len(content) == MOST_BYTES:
        content = content[: content.rindex('\n' if '\n' in content else ' ')]
        if look:
            look.over = True
    return [pid for pid in map(number, content.split()) if pid]


def held_by(processes: Iterable[int], sockets: set[str], look: Look) -> set[str]:
    """Which of these sockets, by inode, any of these processes has open."""
    found, large = set(), []

    def ends(pid: int, begin: int, end: int | None) -> bool:
        count = 0
        for inode in islice(open_sockets(pid), begin, end):
            count += 1
            if inode in sockets:
                found.add(inode)
            if found == sockets or not look.goes_on():
                return True
        if count == FIRST_FILES:
            large.append(pid)
        return False

    if not any(ends(pid, 0, FIRST_FILES) for pid in processes):
        any(ends(pid, FIRST_FILES, None) for pid in list(large))
    return found


def open_sockets(pid: int) -> Iterator[str | None]:
    """For each open file of a process the inode of its socket, or None."""
    try:
        with os.scandir(f'/proc/{pid}/fd') as files:
            for file in files:
                try:
                    target = os.readlink(file.path)
                except OSError:
                    target = ''  # it was closed meanwhile, as connections are all the time
                yield target[8:-1] if target.startswith('socket:[') else None
    except OSError:
        return  # it ended meanwhile


def memory_of(unit: Properties) -> int | None:
    """Bytes that a second unit like this one would take: shared pages once, without the file cache.

    None when there are too many processes, or when the kernel takes too long to count. An app may map any amount of
    memory, and may hold the lock that protects its map.
    """
    measured: int | None = in_time(measure, unit, seconds=MOST_SECONDS, otherwise=None)
    return measured


def measure(unit: Properties) -> int | None:
    look, kilobytes = Look(MOST_MEASURED), 0
    for pid in processes_of(unit, look):
        rollup = read_of_kernel(f'/proc/{pid}/smaps_rollup') or ''
        kilobytes += sum(
            int(size) for size in re.findall(r'^Pss_(?:Anon|Shmem):\s+(\d{1,15}) kB', rollup, re.M)
        )
    return None if look.over else kilobytes * 1024
