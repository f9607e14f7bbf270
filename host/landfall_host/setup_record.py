"""The things that setup made on this host for one service, so that `setup --remove` can undo exactly those.

An entry is written before its step changes the host: after a power loss in between, nothing that setup made is missing
in the record. What was there before the first setup is never in it.
"""

from __future__ import annotations

import os
import stat

from landfall_host.accounts import user_exists
from landfall_host.files import read_json, remove_file, write_json
from landfall_host.places import VAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.shapes import Made


def removal_file(service: str) -> str:
    """There while a removal of the service is not complete, with the policy from before it."""
    return os.path.join(VAR, service, 'removing.json')


def nothing_made() -> Made:
    return {'users': [], 'directories': [], 'files': [], 'packages': [], 'keys': [], 'modes': []}


class SetupRecord:
    """The record of one service. `add` and `drop` write it at once; `made` is what it says now."""

    def __init__(self, service: str) -> None:
        self.path = os.path.join(VAR, service, 'setup.json')
        kept: Made | None = read_json(self.path)
        self.made = nothing_made()
        if kept is not None:
            self.made.update(kept)

    def add(self, kind: str, value: object) -> bool:
        """Whether the entry is new. An entry about a path's modes stays as the first setup found them."""
        entries: list[Any] = self.made[kind]  # type: ignore[literal-required]
        same = [each for each in entries if key_of(each) == key_of(value)]
        if same:
            return False
        entries.append(value)
        self.save()
        return True

    def drop(self, kind: str, value: object) -> None:
        entries: list[Any] = self.made[kind]  # type: ignore[literal-required]
        entries[:] = [each for each in entries if key_of(each) != key_of(value)]
        self.save()

    def forget_missing(self) -> None:
        """Drops the entries of things that are removed: a person may make others in their place."""
        for kind in ('directories', 'files'):
            for path in [each for each in self.made[kind] if not os.path.lexists(each)]:
                self.drop(kind, path)
        for name in [each for each in self.made['users'] if not user_exists(each)]:
            self.drop('users', name)

    def save(self) -> None:
        if not any(self.made.values()):
            remove_file(self.path)
            return
        for directory in (VAR, os.path.dirname(self.path)):
            os.makedirs(directory, mode=0o700, exist_ok=True)
        write_json(self.path, self.made)


def key_of(value: object) -> object:
    """The entry's own name: modes and owners that differ do not make another entry of a path."""
    return value['path'] if isinstance(value, dict) and 'path' in value else value


def missing_directories(path: str) -> list[str]:
    """This directory and those above it that are not there yet, the topmost first."""
    missing: list[str] = []
    while not os.path.lexists(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def in_record(path: str) -> list[tuple[str, object]]:
    """The entries for a directory that is to have another owner or mode, or is to be made with those above it."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return [('directories', each) for each in missing_directories(path)]
    mode = stat.S_IMODE(found.st_mode)
    return [('modes', {'path': path, 'user': found.st_uid, 'group': found.st_gid, 'mode': mode})]
