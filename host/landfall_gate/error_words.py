"""An exception in one line, with the project's own line that it comes from."""

from __future__ import annotations

import os
import re
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

FRAME = re.compile(r'^  File "([^"]+)", line (\d+)', re.MULTILINE)
# Of others: the standard library, and what is installed.
NOT_THEIRS = re.compile(r'/(site|dist)-packages/|/\.venv/|/landfall_gate/')


def in_words(error: BaseException) -> str:
    """`KeyError: 'SECRET_KEY' (shop/settings.py line 12)`."""
    frames = traceback.extract_tb(error.__traceback__)
    return what(error) + place((frame.filename, frame.lineno) for frame in frames)


def what(error: BaseException) -> str:
    text = ' '.join(str(error).split())
    return f'{type(error).__name__}: {text}' if text else type(error).__name__


def of_text(text: str) -> str:
    """The same of a traceback as text; another text stays as it is, in one line."""
    lines = text.strip().splitlines()
    if not lines or not lines[0].startswith('Traceback '):
        return ' '.join(text.split())
    # The error itself begins with the first line after the last frame that is not indented. It may have more lines.
    frame = max((at for at, line in enumerate(lines) if FRAME.match(line)), default=0)
    begin = next((at for at in range(frame + 1, len(lines)) if lines[at][:1].strip()), len(lines) - 1)
    message = ' '.join(' '.join(lines[begin:]).split())
    return message + place((file, int(line)) for file, line in FRAME.findall(text))


def place(frames: Iterable[tuple[str, int | None]]) -> str:
    """The innermost line below the working directory, in brackets; empty: there is none."""
    here = os.getcwd() + os.sep
    for file, line in reversed(list(frames)):
        path = os.path.realpath(file)
        if not file.startswith('<') and path.startswith(here) and not NOT_THEIRS.search(path):
            return f' ({path[len(here) :]} line {line})'
    return ''
