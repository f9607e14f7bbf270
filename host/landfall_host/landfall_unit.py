"""Reads the text of a unit that Landfall wrote: the words of its command, and its variables. Pure."""

from __future__ import annotations

import json
import re

from landfall_host.places import HELPER
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BEFORE_COMMAND = re.compile(r'--chdir=(/.*)', re.S)
ASSIGNMENT = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)=(.*)', re.S)
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"\\]+)')
ESCAPE = re.compile(r'\\u([0-9a-f]{4})|\\(.)|%%|\$\$')


class LandfallUnit:
    """`env`: the variables of the command, without those of Landfall. `own`: Landfall's, by name."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.lines = joined_lines(text)
        words = self.command()
        if words[:2] == [HELPER, '--with-environment']:
            words = words[2:]
        chdir = BEFORE_COMMAND.fullmatch(words[1]) if len(words) > 3 else None
        if chdir is None or words[0] != '/usr/bin/env' or words[2] != '--':
            raise edited(name)
        self.directory = chdir.group(1)
        self.env: dict[str, str] = {}
        self.own: dict[str, str] = {}
        at = 3
        for word in words[3:]:
            variable = ASSIGNMENT.fullmatch(word)
            if variable is None:
                break
            at += 1
            into = self.own if variable.group(1).startswith('LANDFALL_') else self.env
            into[variable.group(1)] = variable.group(2)
        self.argv = words[at:]
        if not self.argv:
            raise edited(name)

    def command(self) -> list[str]:
        commands = [line for line in self.lines if line.startswith('ExecStart=')]
        if len(commands) != 1:
            raise edited(self.name)
        return words_of(commands[0][len('ExecStart=') :], self.name)

    def values_of(self, directive: str) -> list[str]:
        """The values of all lines of a directive."""
        return [line[len(directive) + 1 :] for line in self.lines if line.startswith(directive + '=')]

    def gate(self) -> dict[str, Any]:
        """How the service is asked: Landfall's settings of the gate."""
        try:
            found: dict[str, Any] = json.loads(self.own.get('LANDFALL_GATE', '{}'))
        except ValueError:
            raise edited(self.name) from None
        return found


def joined_lines(text: str) -> list[str]:
    """Without comments, and with continued lines joined."""
    return [
        line
        for line in re.sub(r'\\\n[ \t]*', '', text).split('\n')
        if line and not line.startswith(('#', ';'))
    ]


def words_of(command: str, name: str) -> list[str]:
    """The inverse of `quote_for_command`."""
    words, at = [], 0
    while at < len(command):
        if command[at].isspace():
            at += 1
            continue
        found = WORD.match(command, at)
        if found is None:
            raise edited(name)
        words.append(ESCAPE.sub(unescaped, found.group(1) if found.group(2) is None else found.group(2)))
        at = found.end()
    return words


def unescaped(found: re.Match[str]) -> str:
    if found.group(1):
        return chr(int(found.group(1), 16))
    return found.group(2) or found.group()[0]


def edited(name: str) -> Refused:
    return Refused(
        'InvalidInput',
        f'The unit {name} is not as Landfall wrote it, so it cannot be read back. Deploy once more, which writes it '
        'again; your own settings belong in a drop-in.',
    )
