"""Steps of a removal: each removes a thing that is there, and says of which things it leaves alone."""

from __future__ import annotations

import os

from landfall_host.protocol import Refused
from landfall_host.removal_trees import parts_to_remove, remove_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Collection

    from landfall_host.contract_types import SetupResultActions


class RemovalSteps:
    def __init__(self, apply: bool) -> None:
        self.apply = apply
        self.actions: list[SetupResultActions] = []
        # Sentences for people, of what this host keeps.
        self.stays: list[str] = []
        self.kept: set[str] = set()

    def step(self, what: str, is_there: Callable[[], bool], act: Callable[[], object]) -> None:
        """Nothing for a thing that is not there: an interrupted removal is continued by the same call."""
        if not is_there():
            return
        if self.apply:
            act()
            if is_there():
                raise Refused('CommandFailed', f'This host did not {what}. Run the same command again.')
        self.actions.append({'what': what, 'done': self.apply, 'changed': self.apply})

    def remove(self, what: str, path: str) -> None:
        """A file or a whole tree."""
        self.step(what, lambda: os.path.lexists(path), lambda: remove_whole(path))

    def remove_parts(self, what: str, path: str, keep: Collection[str]) -> list[str]:
        """A tree without the paths that are kept. Returns its parts that go."""
        parts = parts_to_remove(path, keep)

        def remove_all() -> None:
            for part in parts:
                remove_whole(part)

        self.step(what, lambda: bool(parts_to_remove(path, keep)), remove_all)
        return parts

    def stay(self, sentence: str, path: str | None = None) -> None:
        """`path`: of the thing, so that no directory above it is removed."""
        self.stays.append(sentence)
        if path is not None:
            self.kept.add(path)

    def keeps_in(self, directory: str) -> bool:
        """Whether this directory, or something in it, stays."""
        return any((path + '/').startswith(directory + '/') for path in self.kept)
