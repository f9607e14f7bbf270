"""Texts that are cut say so where they are: the host hides secrets, and of one that was cut only half is there to be known by."""

# Known to `redaction` of the host's helper.
from __future__ import annotations

CUT = '[landfall: cut]'


def beginning(text, limit):
    """At most that many bytes of it."""
    data = text.encode(errors='replace')
    return text if len(data) <= limit else data[:limit].decode(errors='ignore') + CUT


def ending(text, limit):
    data = text.encode(errors='replace')
    return text if len(data) <= limit else CUT + data[-limit:].decode(errors='ignore')
