"""Moves the settings of a unit's files into an environment file of root's. No value is printed or sent.

The unit is not restarted: what runs has its settings already. A copy of each changed file stays next to it.
"""

from __future__ import annotations

import json
import os
import re
import sys

from landfall_host.clean_process import enter_clean_environment
from landfall_host.files import read_text, write_text
from landfall_host.run import run
from landfall_host.systemd import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACES = ('/etc/systemd/system/', '/run/systemd/system/')


class NotMovedError(Exception):
    """Why nothing was changed."""


def main(ask: dict[str, Any]) -> None:
    enter_clean_environment()
    try:
        answer: dict[str, Any] = {'moved': move(ask['unit'], ask['file'], set(ask['names'])), 'problem': None}
    except NotMovedError as why:
        answer = {'moved': [], 'problem': str(why)}
    sys.stdout.write(json.dumps(answer) + '\n')


def move(unit: str, target: str, names: set[str]) -> list[str]:
    """The names that were moved. Safe to run twice: the second time finds none."""
    if not is_root():
        raise NotMovedError('only root may change a unit')
    properties = show(unit, 'FragmentPath', 'DropInPaths')
    paths = [properties.get('FragmentPath', ''), *properties.get('DropInPaths', '').split()]
    changed: dict[str, str] = {}
    values: dict[str, str] = {}
    for path in filter(None, paths):
        before = read_text(path) or ''
        after, found = without(before, names)
        if not found:
            continue
        if not path.startswith(PLACES) or os.path.islink(path):
            raise NotMovedError(f'{path} is not a file of an administrator, so it stays as it is')
        changed[path] = after
        values.update(found)
    if not values:
        return []
    content = read_text(target) or ''
    for name, value in values.items():
        if re.search(rf'^{name}=', content, re.M):
            raise NotMovedError(f'{target} has {name} already; remove one of the two')
        content += f'{name}={quoted(value)}\n'
    write_text(target, content, 0o600)
    for path, text in changed.items():
        write_text(path + '.before-landfall', read_text(path) or '', 0o600)
        write_text(path, with_file(text, target), os.stat(path).st_mode & 0o777)
    if run(['systemctl', 'daemon-reload'])[0]:
        raise NotMovedError('systemctl daemon-reload failed; the copies *.before-landfall have the old text')
    return sorted(values)


def without(text: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """The text without the assignments of these names, and their values."""
    found: dict[str, str] = {}

    def line(match: re.Match[str]) -> str:
        kept = []
        for word in assignments(re.sub(r'\\\n', ' ', match.group(2))):
            name, _, value = unquoted(word).partition('=')
            if name in names:
                found[name] = value
            else:
                kept.append(word)
        return match.group(1) + ' '.join(kept) + '\n' if kept else ''

    return re.sub(
        r'^([ \t]*Environment[ \t]*=[ \t]*)((?:[^\\\n]|\\\n|\\.)+)\n', line, text, flags=re.M
    ), found


def assignments(value: str) -> list[str]:
    """The words of an Environment= line, with their quotes."""
    return re.findall(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|(?:[^\s"\'\\]|\\.|"(?:[^"\\]|\\.)*"|\'[^\']*\')+', value)


def unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in '"\'':
        word = word[1:-1]
    # systemd replaces %% of a unit, and no file of settings has specifiers.
    return re.sub(r'\\(["\'\\ ])', r'\1', word).replace('%%', '%')


def quoted(value: str) -> str:
    """As EnvironmentFile= reads it back."""
    if re.fullmatch(r'[A-Za-z0-9_./:@%+,=-]*', value):
        return value
    return '"' + re.sub(r'(["\\$`])', r'\\\1', value) + '"'


def with_file(text: str, target: str) -> str:
    """The text with the file named in its [Service], once."""
    line = f'EnvironmentFile={target}\n'
    if line in text:
        return text
    return re.sub(r'^\[Service\][ \t]*\n', lambda found: found.group(0) + line, text, count=1, flags=re.M)


def is_root() -> bool:
    return os.getuid() == 0
