"""Removing trees as root: never through a link, never into another mount, never through a directory of another user."""

from __future__ import annotations

import os
import re

from landfall_host.files import is_directory, names_in, read_of_kernel
from landfall_host.run import must_run
from landfall_host.setup_policy import unsafe_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Iterator

# A release tree of a slow disk. The caller waits for ten minutes.
SECONDS = 240


def why_not(path: str) -> str | None:
    """The reason not to remove a path as root, for people; None: root may."""
    unsafe = unsafe_parents(path)
    if unsafe:
        return unsafe[0]
    mounted = mounts_below(path)
    return f'{mounted[0]} is a mount: unmount it first' if mounted else None


def mounts_below(path: str) -> list[str]:
    """Mount points at or below a path. Their content may be a disk of another machine."""
    return [place for place in mount_points() if place == path or place.startswith(path + '/')]


def mount_points() -> Iterator[str]:
    for line in (read_of_kernel('/proc/self/mountinfo') or '').split('\n'):
        fields = line.split(' ')
        if len(fields) > 4:
            yield re.sub(r'\\([0-7]{3})', lambda octal: chr(int(octal.group(1), 8)), fields[4])


def parts_to_remove(path: str, keep: Collection[str]) -> list[str]:
    """The parts of a tree that root removes whole, so that these paths are kept.

    A directory whose name another user can change is not entered: it could become a link between this look and the
    removal. So it stays whole when something in it is kept. A part with a mount in it stays, too.
    """
    if not os.path.lexists(path) or path in keep:
        return []
    inside = [each for each in keep if each.startswith(path + '/')]
    if not inside or not is_directory(path):
        return [] if mounts_below(path) else [path]
    if unsafe_parents(path):
        return []
    return [part for name in names_in(path) for part in parts_to_remove(os.path.join(path, name), inside)]


def remove_whole(path: str) -> None:
    # Not Python's own: that goes no deeper than its stack. `rm` follows no link.
    must_run(['rm', '-rf', '--one-file-system', '--', path], SECONDS)


def remove_empty(path: str) -> bool:
    """Removes a directory that is empty. Whether it is gone."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def some_of(names: Collection[str]) -> str:
    """The first names, for people. Another user may have made them."""
    shown = ', '.join(repr(name)[1:-1][:80] for name in sorted(names)[:3])
    return f'{shown} and {len(names) - 3} more' if len(names) > 3 else shown
