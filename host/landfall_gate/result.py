"""How the gate went, as data in the unit's status: `landfall-gate {"ready":4,"unproven":0,"ms":812}`.

`landfall_host/gate_result.py` reads the result. People read the same in the journal, in words.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from landfall_gate.shorten import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

# Bytes of one text. Percent-encoded a text of that size fits into a message to systemd, which has 4096 bytes.
MOST_TEXT = 600
# Shown as they are. `systemctl show` takes a backslash for an escape, and JSON needs one before a quote.
PLAIN = " !#$&'()*+,/:;<=>?@[]^`{|}"


def ready_status(ready: int, unproven: int, seconds: float, note: str | None) -> str:
    """`ready` workers serve; `unproven` of them had no good answer. `note`: more for people to know, or None."""
    counts: dict[str, object] = {'ready': ready, 'unproven': unproven, 'ms': round(seconds * 1000)}
    return status(counts if note is None else {**counts, 'note': text(note)})


def refused_status(why: str) -> str:
    return status({'refused': text(why)})


def no_gate_status(why: str) -> str:
    return status({'none': text(why)})


def text(words: str) -> str:
    return quote(beginning(words, MOST_TEXT), safe=PLAIN, errors='replace')


def status(result: Mapping[str, object]) -> str:
    return 'STATUS=landfall-gate ' + json.dumps(result, separators=(',', ':'))
