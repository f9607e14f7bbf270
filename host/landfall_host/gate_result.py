"""The result of a release's gate, which it writes into the unit's status (`landfall_gate/result.py`)."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Union

    GateResult = Dict[str, Union[int, str, None]]

BEGIN = 'landfall-gate '
COUNTS = ('ready', 'unproven', 'ms')
# Characters of a text in it.
MOST_TEXT = 700
MOST = (1 << 53) - 1


def gate_result(status: str, redact: Callable[[str], str]) -> GateResult | None:
    """Returns {ready, unproven, ms, note}, {refused} or {none}. None: the status is not the gate's, or malformed.

    Any process of the service can write a status. So the result must not decide anything that harms another service.
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
    counts: GateResult = {}
    for name in COUNTS:
        count = said.get(name)
        if type(count) is not int or not 0 <= count <= MOST:
            return None
        counts[name] = count
    note = said.get('note')
    return {**counts, 'note': redact(note)[:MOST_TEXT] if isinstance(note, str) else None}
