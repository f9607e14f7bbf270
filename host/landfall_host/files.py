"""Files of root's: read whole, replaced in one piece."""

from __future__ import annotations

import json
import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_text(path: str) -> str | None:
    """The text of a file of root's, or None when it is not there."""
    try:
        with open(path, encoding='utf-8', errors='surrogateescape') as file:
            return file.read()
    except FileNotFoundError:
        return None


def read_of_kernel(path: str) -> str | None:
    """A text of the kernel about a process or a control group. None when that is gone, or ends meanwhile."""
    try:
        return read_text(path)
    except OSError:  # ESRCH or ENODEV
        return None


def read_json(path: str) -> Any:
    content = read_text(path)
    return None if content is None else json.loads(content)


def write_text(path: str, content: str, mode: int = 384) -> None:
    write_bytes(path, content.encode('utf-8', 'surrogateescape'), mode)


def write_bytes(path: str, content: bytes, mode: int) -> None:
    """Replaces a file of root's in one piece: a power loss leaves the old one or the new one."""
    partial = f'{path}.{os.getpid()}.new'
    try:
        with open(
            os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), 'wb'
        ) as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, path)
    except OSError as error:
        remove_file(partial)
        raise OSError(error.errno, error.strerror, path) from error
    sync_directory(os.path.dirname(path))


def write_json(path: str, value: object) -> None:
    write_text(path, json.dumps(value) + '\n')


def sync_directory(path: str) -> None:
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def remove_file(path: str) -> bool:
    try:
        os.unlink(path)
        return True
    except FileNotFoundError:
        return False


def remove_tree(path: str) -> None:
    import shutil

    if os.path.lexists(path):
        shutil.rmtree(path)


def link(path: str, target: str) -> None:
    """Points a symlink elsewhere in one step."""
    partial = f'{path}.{os.getpid()}.new'
    remove_file(partial)
    os.symlink(target, partial)
    os.rename(partial, path)


def names_in(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except FileNotFoundError:
        return []


def is_directory(path: str) -> bool:
    """A real one: what the deploying user owns may hold symlinks to anywhere."""
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def owner_of(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except FileNotFoundError:
        return None


def now() -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
