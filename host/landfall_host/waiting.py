"""Waiting for a condition, the one way in which this program does so."""

from __future__ import annotations

import fcntl
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


def wait_until(
    done: Callable[[], bool], seconds: float, pause: float = 0.02, longest_pause: float = 0.1
) -> bool:
    """Whether `done` was true within this time. Calls it at once, and after growing pauses until the limit."""
    limit = time.monotonic() + seconds
    while not done():
        left = limit - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 1.2, longest_pause)
    return True


def lock_within(file: int, seconds: float) -> bool:
    """Whether this open file could be locked within this time. The lock lasts until the file is closed."""

    def locked() -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return wait_until(locked, seconds, longest_pause=0.02)
