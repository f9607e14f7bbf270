"""Trees of the deploying user's that are of no use any more: moved aside at once, removed without the lock.

A tree may be huge, or be made so that no program gets through it.
"""

from __future__ import annotations

import os

from landfall_host.children import as_user
from landfall_host.protocol import Refused
from landfall_host.run import must_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# Seconds. Less than the controller waits for an answer. The rest is found by its name, and removed later.
LONGEST = 15
PREFIXES = ('.partial-', '.trash-')


def throw_away(host: Host, path: str) -> None:
    """A release, an environment, or what one was to become; it may be absent. Its name is free at once."""
    if not os.path.lexists(path):
        return
    directory, name = os.path.split(path)
    if not name.startswith(PREFIXES):
        aside = os.path.join(directory, f'.trash-{name}-{os.getpid()}')
        as_user(host.deployer, os.rename, path, aside)
        path = aside
    host.trash.append(path)


def empty_trash(host: Host) -> None:
    """Called without the lock."""
    try:
        as_user(host.deployer, remove_all, host.trash, seconds=LONGEST + 1)
    except (OSError, Refused):
        pass  # `repair` finds it


def remove_all(paths: list[str]) -> None:
    # Not Python's own: that goes no deeper than its stack.
    must_run(['rm', '-rf', '--one-file-system', '--', *paths], LONGEST)
