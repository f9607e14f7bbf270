"""Access lists (POSIX ACLs): a group may read a path, whatever its owner, its group and its mode are.

The owner of a file may change its list without being in that group. So root is not needed, and no user becomes a
member of anything. Python has no functions for them: the kernel takes them as an extended attribute.
"""

from __future__ import annotations

import errno
import os
import stat
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, Iterator, Tuple

    # Tag and id → permissions.
    Entries = Dict[Tuple[int, int], int]

# linux/posix_acl_xattr.h
ACCESS, DEFAULT = 'system.posix_acl_access', 'system.posix_acl_default'
VERSION = 2
OWNER, GROUP, NAMED_GROUP, MASK, OTHERS = 0x01, 0x04, 0x08, 0x10, 0x20
NO_ID = 0xFFFFFFFF
PASS, READ = 1, 4
READ_FOLDER = READ | PASS


def let_groups(path: str, groups: Iterable[int], may: int, inherits: bool = False) -> None:
    """Adds what these groups may do to a path, which must not be a link.

    `inherits`: of a folder; what is made in it later begins with the same list.
    """
    for name, entries in missing(path, groups, may, inherits):
        os.setxattr(path, name, packed(entries))


def lets(path: str, groups: Iterable[int], may: int, inherits: bool = False) -> bool:
    """Whether these groups may do that already."""
    return not list(missing(path, groups, may, inherits))


def missing(path: str, groups: Iterable[int], may: int, inherits: bool) -> Iterator[tuple[str, Entries]]:
    mode = stat.S_IMODE(os.lstat(path).st_mode)
    for name, start in ((ACCESS, mode), *([(DEFAULT, mode & 0o770)] if inherits else [])):
        before = read(path, name)
        entries = dict(before or of_mode(start))
        for group in groups:
            entries[NAMED_GROUP, group] = entries.get((NAMED_GROUP, group), 0) | may
        # The mask limits all groups: without one the list would be refused.
        entries[MASK, NO_ID] = entries.get((MASK, NO_ID), entries[GROUP, NO_ID]) | may
        if name == DEFAULT:
            entries[OTHERS, NO_ID] = 0
        if entries != before:
            yield name, entries


def close_later(folder: str) -> None:
    """Later files in a folder are not open to all users, whatever the umask of their maker is."""
    before = read(folder, DEFAULT)
    entries = dict(before or of_mode(stat.S_IMODE(os.lstat(folder).st_mode)))
    entries[OTHERS, NO_ID] = 0
    if entries != before:
        os.setxattr(folder, DEFAULT, packed(entries))


def of_mode(mode: int) -> Entries:
    return {
        (OWNER, NO_ID): mode >> 6 & 7,
        (GROUP, NO_ID): mode >> 3 & 7,
        (OTHERS, NO_ID): mode & 7,
    }


def read(path: str, name: str) -> Entries | None:
    try:
        data = os.getxattr(path, name)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise
    return {(tag, number): may for tag, may, number in struct.iter_unpack('<HHI', data[4:])}


def packed(entries: Entries) -> bytes:
    """In the kernel's order: by tag, then by id."""
    return struct.pack('<I', VERSION) + b''.join(
        struct.pack('<HHI', tag, entries[tag, number], number) for tag, number in sorted(entries)
    )
