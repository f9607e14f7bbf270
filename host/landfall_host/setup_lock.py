"""The lock that setups and removals of all services take: two policies must not be checked at the same time."""

from __future__ import annotations

import os

from landfall_host.places import SETUP_LOCK
from landfall_host.protocol import Refused
from landfall_host.state import LOCK_SECONDS
from landfall_host.waiting import lock_within


def wait_for_others() -> None:
    """Locks out other setups until this process ends."""
    os.makedirs(os.path.dirname(SETUP_LOCK), mode=0o755, exist_ok=True)
    file = os.open(SETUP_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not lock_within(file, LOCK_SECONDS):
        raise Refused(
            'Busy',
            f'Another setup has been changing this host for {LOCK_SECONDS} s. Nothing was done. Try again.',
        )
