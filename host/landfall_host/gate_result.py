"""How the gate of a release went: what it says as data in the unit's status (`landfall_gate/result.py`)."""

from __future__ import annotations

import json

BEGIN = 'landfall-gate '
COUNTS = ('ready', 'unproven', 'ms')
# Characters of a text in it.
MOST_TEXT = 700
MOST = (1 << 53) - 1


def gate_result(status, redact):
    """One of {ready, unproven, ms, note}, {refused} and {none}. None: the status is not the gate's, or malformed.

    Any process of the service can write a status, so this one decides nothing that harms another service.
    """
    if not status.startswith(BEGIN):
        return None
    try:
        said = json.loads(status[len(BEGIN) :])
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    for name in ('refused', 'none'):
        if isinstance(said.get(name), str):
            return {name: redact(said[name])[:MOST_TEXT]}
    counts = {name: said.get(name) for name in COUNTS}
    if not all(type(count) is int and 0 <= count <= MOST for count in counts.values()):
        return None
    note = said.get('note')
    return {**counts, 'note': redact(note)[:MOST_TEXT] if isinstance(note, str) else None}
