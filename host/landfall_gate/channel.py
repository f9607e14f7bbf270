"""The gate's own way to the journal, which the project's logging can neither filter nor lead elsewhere.

A project may log to files, above a level that hides the gate, or through a class of its own. Gunicorn can lead
the standard streams of its workers into a file. So the gate keeps a copy of standard error from before the
project's configuration is read.
"""

from __future__ import annotations

import os
import traceback

from landfall_gate.shorten import ending

# Bytes of one traceback.
MOST_TRACEBACK = 8000


def own_stream() -> int:
    try:
        return os.dup(2)
    except OSError:  # started without one
        return os.open(os.devnull, os.O_WRONLY)


STREAM = own_stream()


def say(text: str) -> None:
    """Writes one line."""
    write(f'[{os.getpid()}] landfall gate: {" ".join(text.split())}\n')


def say_traceback(error: BaseException) -> None:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    write(ending(''.join(lines), MOST_TRACEBACK))


def write(text: str) -> None:
    try:
        os.write(STREAM, text.encode(errors='replace'))
    except OSError:
        pass  # The service continues to serve although its journal is gone.
