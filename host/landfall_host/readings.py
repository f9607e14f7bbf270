"""The readings of a text: without the characters that a terminal does not show, or decoded.

An app's log may have a value in the form of a URL, of HTML or of JSON, or with colours in the middle.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator, Tuple

    # Turns a span of the text that was read into one of the text before.
    Back = Callable[[int, int], Tuple[int, int]]
    # (a pattern, the text that is read instead of it)
    Way = Tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

CONTROLS = '\x00-\x08\x0b-\x1f\x7f-\x9f'
# Zero-width and other characters that are there and not seen; line separators.
INVISIBLE = (
    '\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e'
    '\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a'
    '\U000e0000-\U000e0fff'
)
STRING_SEQUENCE = '(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\\\|\x9c)'
CSI_SEQUENCE = '(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?'
OTHER_SEQUENCE = '\x1b[ -/]*[0-~]?'


def nothing(match: re.Match[str]) -> str:
    return ''


def of_percent(match: re.Match[str]) -> str:
    return bytes.fromhex(match.group().replace('%', '')).decode(errors='replace')


def of_entity(match: re.Match[str]) -> str:
    import html  # takes long, and few texts have one

    return html.unescape(match.group())


ESCAPED = {'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}


def of_escape(match: re.Match[str]) -> str:
    """JSON's escapes, and those of Python's repr()."""
    escape = match.group()
    if len(escape) == 2:
        return ESCAPED.get(escape[1], escape[1])
    if escape[1] == 'x':
        data = bytes.fromhex(escape.replace('\\x', ''))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode('latin-1')
    if len(escape) == 12:
        return (bytes.fromhex(escape[2:6]) + bytes.fromhex(escape[8:])).decode('utf-16-be', 'replace')
    return chr(int(escape[2:], 16))


@lru_cache(None)  # compiled when a text is looked at: most requests have none
def patterns() -> tuple[list[Way], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """(ways, wrapped, half, other half)."""
    byte, high, following = '[0-7][0-9A-Fa-f]', '[89A-Fa-f][0-9A-Fa-f]', '[89ABab][0-9A-Fa-f]'
    percent, unseen = rf'%{byte}|(?:%{high}){{1,8}}', f'[{CONTROLS}{INVISIBLE}]'
    ways = [
        (unseen, nothing),
        ('|'.join((STRING_SEQUENCE, CSI_SEQUENCE, OTHER_SEQUENCE, unseen)), nothing),
        (percent, of_percent),
        (percent + r'|\+', lambda match: ' ' if match.group() == '+' else of_percent(match)),
        (r'&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});', of_entity),
        (
            rf'\\u[dD][89ABab][0-9A-Fa-f]{{2}}\\u[dD][C-Fc-f][0-9A-Fa-f]{{2}}|\\u[0-9A-Fa-f]{{4}}|\\x{byte}|(?:\\x{high}){{1,8}}|\\[^ux\n]',
            of_escape,
        ),
    ]
    # Lines of base64 are broken after 64 or 76 characters.
    wrapped = r'(?<=[A-Za-z0-9+/_-]{20})\r?\n[ \t]*(?=[A-Za-z0-9+/_-])'
    # Part of one encoded character: at the end of a text that was cut, and at the beginning of the next part.
    half = (
        rf'(?:(?:%{high}){{0,3}}(?:%[0-9A-Fa-f]?)?|(?:\\x{high}){{0,3}}(?:\\(?:x[0-9A-Fa-f]?)?)?'
        r'|(?:\\u[dD][89ABab][0-9A-Fa-f]{2})?(?:\\(?:u[0-9A-Fa-f]{0,3})?)?|&[#0-9A-Za-z]{0,31}|\x1b[^\x07\n]{0,40})\Z'
    )
    other_half = (
        r'(?:[#0-9A-Za-z]{1,31};|(?:x?[0-9A-Fa-f]{1,2}|u?[0-9A-Fa-f]{1,4})?'
        rf'(?:(?:%{following}){{1,3}}|(?:\\x{following}){{1,3}}|\\u[dD][C-Fc-f][0-9A-Fa-f]{{2}})?)'
    )
    return (
        [(re.compile(pattern), meaning) for pattern, meaning in ways],
        re.compile(wrapped),
        re.compile(half),
        re.compile(other_half),
    )


def without_half(text: str) -> str:
    return patterns()[2].sub('', text)


def after_half(text: str) -> int:
    """Where the text continues after the possible rest of a character that was cut."""
    found = patterns()[3].match(text)
    return found.end() if found else 0


class Reading:
    """A text read in one way, and where each part of it stands in the text that was read."""

    def __init__(self, text: str, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> None:
        pieces, at, length = [], 0, 0
        # Where what is read as something else begins and ends, in turn: here, and there.
        self.here, self.there = [0], [0]
        for match in pattern.finditer(text):
            for piece, end in ((text[at : match.start()], match.start()), (meaning(match), match.end())):
                pieces.append(piece)
                length += len(piece)
                self.here.append(length)
                self.there.append(end)
            at = match.end()
        pieces.append(text[at:])
        self.text = ''.join(pieces)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where the text between these stands in the text that was read; what was read as one goes as one."""
        first, last = bisect_right(self.here, start) - 1, bisect_left(self.here, end) - 1
        begin = self.there[first] + (0 if first % 2 else start - self.here[first])
        return begin, max(
            begin,
            self.there[last + 1] if last % 2 else self.there[max(last, 0)] + end - self.here[max(last, 0)],
        )


def readings(text: str) -> Iterator[tuple[str, Back]]:
    """The text as it is, and read in up to two ways in turn. Each comes with its mapping to the first text."""
    seen, level = {text}, [(text, lambda start, end: (start, end))]
    yield level[0]
    for _ in range(2):
        following = []
        for before, back in level:
            for pattern, meaning in patterns()[0]:
                if not pattern.search(before):
                    continue
                reading = Reading(before, pattern, meaning)
                if reading.text not in seen:
                    seen.add(reading.text)
                    following.append((reading.text, through(reading, back)))
                    yield following[-1]
        level = following


def unwrapped(text: str) -> tuple[str, Back]:
    """(text, …) with the lines of what may be base64 joined."""
    reading = Reading(text, patterns()[1], nothing)
    return reading.text, reading.back


def through(reading: Reading, back: Back) -> Back:
    return lambda start, end: back(*reading.back(start, end))
