"""Lines of an environment file that systemd does not read as people, or another tool, mean them.

The states are those of systemd's own reader (`parse_env_file_internal`). No finding holds a value. It has a
name only after `export`: a line of a certificate may look like a name.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    # (line from 1, in words, whether systemd drops a setting)
    Finding = Tuple[int, str, bool]

NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
EXPORTED = re.compile(r'export[ \t]+([A-Za-z_][A-Za-z0-9_]{0,99})')
REFERENCE = re.compile(r'\$(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]+)')
BLANK, LINE_END = ' \t\n\r', '\n\r'
NO_NAME = 'the name before = may have letters, digits and _ only, so systemd ignores the setting'
NO_EQUALS = 'there is no =, so systemd ignores the line'
OPEN = 'the quote is never closed, so systemd takes the rest of the file for the value'
COMMENT_GOES_ON = 'the comment ends with a backslash, so systemd ignores the next line too'
NOT_TEXT = 'the text is not UTF-8, so systemd refuses it'
COMMENT_STAYS = 'systemd keeps the text after # in the value'
NOT_EXPANDED = 'systemd does not replace the variable in the value'
NEXT_LINE = 'the line ends with a backslash, so the next line belongs to the value'
NO_BACKSLASH = 'systemd removes the backslash; in single quotes it stays'


def findings(content: bytes) -> list[Finding]:
    """In the order of the file; at most one that drops and one that does not for each setting."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b'\n') + 1
        return [(line, NOT_TEXT, True), *findings(content[: error.start].rpartition(b'\n')[0])]
    found: list[Finding] = []
    at = 0
    while at < len(text):
        if text[at] in BLANK:
            at += 1
            continue
        begin = at
        at = skip_comment(text, at, found) if text[at] in '#;' else read_setting(text, at, found)
        at = max(at, begin + 1)
    return sorted(found)


def line_of(text: str, at: int) -> int:
    return text.count('\n', 0, at) + 1


def skip_comment(text: str, at: int, found: list[Finding]) -> int:
    while at < len(text) and text[at] not in LINE_END:
        if text[at] == '\\' and text[at + 1 : at + 2] in ('\n', '\r'):
            following = text[at + 2 :].lstrip('\n').split('\n', 1)[0]
            if '=' in following and text[at + 2 : at + 3] not in ('\n', '\r', ''):
                found.append((line_of(text, at), COMMENT_GOES_ON, True))
            at += 1
        at += 1
    return at


def read_setting(text: str, at: int, found: list[Finding]) -> int:
    """Returns where its last line ends."""
    begin = at
    while at < len(text) and text[at] not in LINE_END and text[at] != '=':
        at += 1
    key, line = text[begin:at].rstrip(BLANK), line_of(text, begin)
    if at >= len(text) or text[at] != '=':
        found.append((line, NO_EQUALS, True))
        return at
    exported = EXPORTED.fullmatch(key)
    if exported:
        name = exported.group(1)
        found.append(
            (line, f'it begins with export, so systemd ignores the line, and {name} is not set', True)
        )
    elif not NAME.fullmatch(key):
        found.append((line, NO_NAME, True))
    return read_value(text, at + 1, line, found)


def read_value(text: str, at: int, line: int, found: list[Finding]) -> int:
    notice, quoted = None, False
    plain_begin: int | None = None
    while at < len(text) and text[at] not in LINE_END:
        letter = text[at]
        if plain_begin is None and letter in '\'"':
            end = closing(text, at)
            if end is None:
                found.append((line_of(text, at), OPEN, True))
                return len(text)
            if letter == '"' and REFERENCE.search(text, at, end):
                notice = notice or NOT_EXPANDED
            at, quoted = end + 1, True
            continue
        if letter == '\\':
            ends = text[at + 1 : at + 2] in ('\n', '\r', '')
            notice = notice or (NEXT_LINE if ends else NO_BACKSLASH)
            at += 2
            plain_begin = at if plain_begin is None else plain_begin
            continue
        if letter == '#' and (text[at - 1] in ' \t' or (quoted and plain_begin is None)):
            notice = notice or COMMENT_STAYS
        if letter == '$' and REFERENCE.match(text, at):
            notice = notice or NOT_EXPANDED
        if plain_begin is None and letter not in BLANK:
            plain_begin = at
        at += 1
    if notice:
        found.append((line, notice, False))
    return at


def closing(text: str, at: int) -> int | None:
    """Where the quote that begins there ends; None: nowhere."""
    quote = text[at]
    at += 1
    while at < len(text) and text[at] != quote:
        at += 2 if quote == '"' and text[at] == '\\' else 1
    return at if at < len(text) else None
