"""Cuts texts, and marks the cut: the helper then knows that half a secret may stand there."""

from __future__ import annotations

# `landfall_host/redaction.py` knows the same mark.
CUT = '[landfall: cut]'


def beginning(text: str, limit: int) -> str:
    """The first `limit` bytes of the text, and the mark if that is not all of it."""
    data = text.encode(errors='replace')
    return text if len(data) <= limit else data[:limit].decode(errors='ignore') + CUT


def ending(text: str, limit: int) -> str:
    """The last `limit` bytes of the text, after the mark if that is not all of it."""
    data = text.encode(errors='replace')
    return text if len(data) <= limit else CUT + data[-limit:].decode(errors='ignore')
