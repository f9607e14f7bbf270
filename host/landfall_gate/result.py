"""How the gate went, as data, in the unit's status: `landfall-gate {"ready":4,"unproven":0,"ms":812}`.

`landfall_host/gate_result.py` reads it. People read the same in the journal, in words.
"""

from __future__ import annotations

import json

from landfall_gate.shorten import beginning

# Bytes of one text. As JSON that is less than the 4096 bytes of a message to systemd.
MOST_TEXT = 600


def ready_status(ready, unproven, seconds, note):
    """`ready` workers serve; `unproven` of them never had a good answer. `note`: what people should know, or None."""
    result = {'ready': ready, 'unproven': unproven, 'ms': round(seconds * 1000)}
    return status(result if note is None else {**result, 'note': beginning(note, MOST_TEXT)})


def refused_status(why):
    return status({'refused': beginning(why, MOST_TEXT)})


def no_gate_status(why):
    return status({'none': beginning(why, MOST_TEXT)})


def status(result):
    return 'STATUS=landfall-gate ' + json.dumps(result, separators=(',', ':'))
