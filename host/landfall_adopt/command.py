"""The commands of a unit's files, without the values that a command line may hold."""

from __future__ import annotations

import re
import shlex

from landfall_host.url_logins import without_logins

MOST_WORDS, MOST_LETTERS = 200, 500
SECRET_OPTION = re.compile(r'--?[\w-]*(?:password|passwd|secret|token|api-?key|dsn)[\w-]*', re.I)


def directives(texts: list[str]) -> list[tuple[str, str]]:
    """(name, value) of each line, in the order in which systemd reads the files."""
    found = []
    for text in texts:
        joined = re.sub(r'\\\n', ' ', text)
        for line in joined.split('\n'):
            match = re.match(r'\s*([A-Z][A-Za-z]+)\s*=\s*(.*?)\s*$', line)
            if match:
                found.append((match.group(1), match.group(2)))
    return found


def commands_of(texts: list[str]) -> list[list[str]]:
    """The words of each ExecStart= that counts: an empty one takes back those before it."""
    commands: list[list[str]] = []
    for name, value in directives(texts):
        if name == 'ExecStart':
            commands = [] if value == '' else [*commands, words_of(value)]
    return commands


def words_of(value: str) -> list[str]:
    plain = re.sub(r'^[@:|+!-]+', '', value)
    try:
        words = shlex.split(plain)
    except ValueError:
        words = plain.split()
    return [word[:MOST_LETTERS] for word in words[:MOST_WORDS]]


def masked(words: list[str]) -> list[str]:
    """Without the values of settings, logins in addresses, and what follows an option such as --password."""
    shown: list[str] = []
    hides = False
    for word in words:
        if hides and not word.startswith('-'):
            shown.append('***')
        else:
            named = re.sub(
                r'\b([A-Za-z_][A-Za-z0-9_]*)=(?:"[^"]*"|\'[^\']*\'|\S*)', hide, without_logins(word)
            )
            shown.append(named)
        option = SECRET_OPTION.fullmatch(word)
        hides = option is not None
    return shown


def hide(found: re.Match[str]) -> str:
    """An option keeps its value; a setting keeps its name."""
    before = found.string[: found.start()]
    is_option = re.search(r'--?[\w-]*$', before) is not None
    secret = SECRET_OPTION.search(before + found.group(1)) is not None
    return found.group(0) if is_option and not secret else found.group(1) + '=***'
