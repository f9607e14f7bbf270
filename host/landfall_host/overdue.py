"""Units that should have ended.

An app may put off its end: with EXTEND_TIMEOUT_USEC= it moves systemd's limit on, again and again, and would so keep
its address for ever and block every deploy. It gets the time that its unit allows, and no more.
"""

from __future__ import annotations

import re
import time

from landfall_host.run import run
from landfall_host.systemd import number

END_PROPERTIES = ('Id', 'ActiveState', 'StateChangeTimestampMonotonic', 'TimeoutStopUSec')
# Until then systemd itself has ended what does not put off its end.
GRACE_SECONDS = 5
UNITS_OF_TIME = {
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


def end_overdue(units):
    """Of these units, by their END_PROPERTIES, kills what is left of those that were told to end and have had their time."""
    for unit in units:
        if is_overdue(unit, time.monotonic()):
            run(['systemctl', 'kill', '--signal=KILL', unit['Id']])


def is_overdue(unit, now):
    """`now`: seconds of the monotonic clock, which is systemd's too."""
    since, allowed = (
        number(unit.get('StateChangeTimestampMonotonic')),
        seconds_in(unit.get('TimeoutStopUSec', '')),
    )
    if unit.get('ActiveState') != 'deactivating' or not since or allowed is None:
        return False
    return now - since / 1e6 > allowed + GRACE_SECONDS


def seconds_in(text):
    """Of systemd's `1min 30s`; None for `infinity`, and for what is no time span."""
    parts = [re.fullmatch(r'(\d{1,9}(?:\.\d{1,6})?)([a-z]+)', part) for part in text.split(' ')]
    if not all(part and part.group(2) in UNITS_OF_TIME for part in parts):
        return None
    return sum(float(part.group(1)) * UNITS_OF_TIME[part.group(2)] for part in parts)
