"""The packages of a virtual environment by its folders, and the files of a project that say which these should be."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOCKS = ('uv.lock', 'poetry.lock', 'pdm.lock', 'pylock.toml', 'Pipfile.lock', 'pyproject.toml', 'setup.py')
MOST_PACKAGES, MOST_LINES = 500, 30


def environment_at(program: str) -> dict[str, Any] | None:
    """Of the program that the unit starts: `<environment>/bin/gunicorn`. None: it is in no environment."""
    environment = os.path.dirname(os.path.dirname(program))
    config = read(os.path.join(environment, 'pyvenv.cfg'))
    if not config:
        return None
    version = re.search(r'^version(?:_info)?\s*=\s*([0-9.]+)', config, re.M)
    return {
        'environment': environment,
        'version': version.group(1) if version else None,
        'packages': [f'{name} {of}' for name, of in sorted(installed(environment).items())][:MOST_PACKAGES],
    }


def installed(environment: str) -> dict[str, str]:
    found: dict[str, str] = {}
    library = os.path.join(environment, 'lib')
    for python in names(library):
        for name in names(os.path.join(library, python, 'site-packages')):
            match = re.fullmatch(r'([A-Za-z0-9._-]+?)-([^-]+)\.(?:dist|egg)-info', name)
            if match:
                found[plain(match.group(1))] = match.group(2)
    return found


def requirements_in(directory: str, root: str) -> dict[str, Any]:
    """The files of the project that name packages, and the lines of requirement files that pin no version."""
    files = [name for name in sorted(names(directory)) if re.fullmatch(r'requirements[\w.-]*\.txt', name)]
    unpinned = [f'{name}: {line}' for name in files for line in lines(os.path.join(directory, name))]
    locks = sorted(
        {name for at in (directory, root) for name in LOCKS if os.path.isfile(os.path.join(at, name))}
    )
    return {'requirements': files, 'locks': locks, 'unpinned': unpinned[:MOST_LINES]}


def lines(path: str) -> list[str]:
    """Names of packages without a version that counts."""
    found = []
    for line in read(path).split('\n'):
        match = re.match(r'\s*([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*([^;#]*)', line)
        if match and '==' not in match.group(3) and '@' not in match.group(3):
            found.append(match.group(1))
    return found


def plain(name: str) -> str:
    return re.sub('[-_.]+', '-', name).lower()


def names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def read(path: str) -> str:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
            return file.read(1 << 18).decode(errors='replace')
    except OSError:
        return ''
