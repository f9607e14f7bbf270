"""Units that should have ended.

An app may put off its end. With EXTEND_TIMEOUT_USEC= it moves systemd's limit again and again. So it would keep its
address for ever and block every deploy. The helper gives it only the time that its unit allows.
"""

from __future__ import annotations

import re
import time

from landfall_host.run import run
from landfall_host.systemd import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.shapes import Properties

END_PROPERTIES = ('Id', 'ActiveState', 'StateChangeTimestampMonotonic', 'TimeoutStopUSec')
# Until then systemd itself has ended what does not put off its end.
GRACE_SECONDS = 5
UNITS_OF_TIME: dict[str, float] = {
    'us': 1e-6,
    'ms': 1e-3,
    's': 1,
    'min': 60,
    'h': 3600,
    'd': 86400,
    'w': 7 * 86400,
    'month': 30.44 * 86400,
    'y': 365.25 * 86400,
}


def end_overdue(units: Iterable[Properties]) -> None:
    """Kills the units that were told to end and have had their time. `units`: their END_PROPERTIES."""
    for unit in units:
        if is_overdue(unit, time.monotonic()):
            run(['systemctl', 'kill', '--signal=KILL', unit['Id']])


def is_overdue(unit: Properties, now: float) -> bool:
    """`now`: seconds of the monotonic clock, which is systemd's too."""
    since, allowed = (
        number(unit.get('StateChangeTimestampMonotonic')),
        seconds_in(unit.get('TimeoutStopUSec', '')),
    )
    if unit.get('ActiveState') != 'deactivating' or not since or allowed is None:
        return False
    return now - since / 1e6 > allowed + GRACE_SECONDS


def seconds_in(text: str) -> float | None:
    """The seconds of systemd's `1min 30s`. None for `infinity`, and for a text that is not a time span."""
    seconds = 0.0
    for part in text.split(' '):
        match = re.fullmatch(r'(\d{1,9}(?:\.\d{1,6})?)([a-z]+)', part)
        if not match or match.group(2) not in UNITS_OF_TIME:
            return None
        seconds += float(match.group(1)) * UNITS_OF_TIME[match.group(2)]
    return seconds
