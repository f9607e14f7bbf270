"""The result of a release's gate, which it writes into the unit's status (`landfall_gate/result.py`)."""

from __future__ import annotations

import json
from urllib.parse import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_host.contract_types import GateResult

BEGIN = 'landfall-gate '
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

    def words(value: str) -> str:
        return redact(unquote(value))[:MOST_TEXT]

    refused, none, note = said.get('refused'), said.get('none'), said.get('note')
    if isinstance(refused, str):
        return {'refused': words(refused)}
    if isinstance(none, str):
        return {'none': words(none)}
    counts: list[Any] = [said.get(name) for name in ('ready', 'unproven', 'ms')]
    if not all(type(count) is int and 0 <= count <= MOST for count in counts):
        return None
    ready, unproven, milliseconds = counts
    return {
        'ready': ready,
        'unproven': unproven,
        'ms': milliseconds,
        'note': words(note) if isinstance(note, str) else None,
    }
