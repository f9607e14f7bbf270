"""The settings of a unit by their names, and the directives that a release's unit would not have."""

from __future__ import annotations

import os
import re

from landfall_adopt.command import directives
from landfall_host.hand_made import ANSWERED_FOR, NAME, environment_files, names_of, read_plain
from landfall_host.secret_values import parse_environment
from landfall_host.systemd import foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SECRET_NAME = re.compile(
    r'(?:^|_)(?:PASSWORD|PASSWD|PASS|PWD|SECRETS?|TOKEN|KEY|APIKEY|CREDENTIALS?|DSN|PRIVATE|SALT)(?:_|$)',
    re.I,
)
SECRET_VALUE = re.compile(r'://[^/\s:@]*:[^/\s@]+@|-----BEGIN|^(?:sk|pk|ghp|xox[a-z]|AKIA)[-_A-Za-z0-9]{12,}')
MOST = 200


def settings_of(unit: str, texts: list[str]) -> dict[str, Any]:
    lines = directives(texts)
    of_drop_ins = directives(texts[1:])
    in_drop_ins = {name for key, value in of_drop_ins if key == 'Environment' for name in names_of(value)}
    told = foreign(unit, 'Environment')
    values = parse_environment('\n'.join(value for key, value in lines if key == 'Environment'))
    found = [
        {
            'name': name,
            'secret': looks_secret(name, values.get(name, '')) or holds_login(told, name),
            'file': None,
            'dropIn': name in in_drop_ins,
        }
        for name in names_of(told)
    ]
    files = []
    for path in environment_files(unit):
        content = read_plain(path)
        files.append({'path': path, 'readable': os.access(path, os.R_OK), 'exists': os.path.exists(path)})
        found += [
            {'name': name, 'secret': looks_secret(name, value), 'file': path, 'dropIn': False}
            for name, value in parse_environment(content).items()
            if NAME.fullmatch(name)
        ]
    others = sorted({key for key, _ in lines if not ANSWERED_FOR.fullmatch(key)})
    return {
        'settings': found[:MOST],
        'environmentFiles': files[:20],
        'directives': others[:MOST],
        'reloads': [key for key, _ in lines if key in ('ExecReload', 'ExecStop')][:2],
    }


def looks_secret(name: str, value: str) -> bool:
    return SECRET_NAME.search(name) is not None or SECRET_VALUE.search(value) is not None


def holds_login(told: str, name: str) -> bool:
    """Of `NAME=value "OTHER=two words"` as systemd tells it."""
    found = re.search(rf'(?:^|[\s"]){name}=(\S*)', told)
    return found is not None and SECRET_VALUE.search(found.group(1)) is not None
