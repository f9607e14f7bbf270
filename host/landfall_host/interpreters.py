"""The Python interpreters of this host, and `uv`, as the deploying user finds them."""

from __future__ import annotations

import os
import time

from landfall_host.accounts import user_exists
from landfall_host.children import as_user
from landfall_host.clean_process import CLEAN_ENVIRONMENT
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import Interpreter
    from landfall_host.shapes import AskedInterpreter, FoundInterpreter, Tools
    from landfall_host.state import Host

# Seconds for a look at the interpreters, which may lie on a slow disk.
INTERPRETER_SECONDS = 10
# Interpreters that are asked: each takes as long to start as this program.
MOST = 20
# Of each folder of a version manager. The service's user rarely gets into a home.
MOST_COLLECTED = 5
STANDARD = 'python3'
# Python 3.8 is the oldest that the gate is tried with.
NAMES = (STANDARD, *(f'python3.{minor}' for minor in range(20, 7, -1)))
# Below the deploying user's home: where uv and pyenv put theirs, one directory each.
COLLECTIONS = ('.local/share/uv/python', '.pyenv/versions')

# The modules `json` and `platform` would take as long to import as the interpreter takes to start.
ASK_PYTHON = (
    'import os,sys,sysconfig;lib=sysconfig.get_path("stdlib");'
    'sys.stdout.write("\\0".join([sys.version,sysconfig.get_platform(),sys.executable,sys.version.split()[0],lib,'
    '"01"[all(os.path.exists(os.path.join(lib,name,"__init__.py"))for name in("venv","ensurepip"))]]))'
)


def ask_python(python: str, seconds: float = INTERPRETER_SECONDS) -> AskedInterpreter | None:
    """As the deploying user: the interpreter of this name or path, or None when there is none.

    A shim of a version manager starts another program. That one is asked, and its path is told.
    """
    import shutil

    path, limit = shutil.which(python), time.monotonic() + seconds
    if not path:
        return None
    answer = answer_of(path, seconds)
    if answer is None or answer['path'] == os.path.realpath(path):
        return answer
    again = answer_of(answer['path'], limit - time.monotonic())
    return again if again and again['path'] == answer['path'] else None


def answer_of(path: str, seconds: float) -> AskedInterpreter | None:
    status, out, _ = run([path, '-I', '-c', ASK_PYTHON], max(seconds, 0))
    said = out.split('\0')
    if status or len(said) != 6 or not all(0 < len(each) <= 500 for each in said):
        return None
    build, platform, executable, version, library, makes = said
    if not executable.startswith('/') or not library.startswith('/'):
        return None
    real = os.path.realpath(executable)
    return {
        'path': real,
        'version': version,
        'build': '\n'.join((build, platform, real)),
        'library': os.path.join(library, 'os.py'),
        'makes': makes == '1',
    }


def find_tools(python: str | None, home: str) -> Tools:
    """As the deploying user: the interpreters, the one that is asked about first, and `uv` where it is there."""
    return {'interpreters': find_interpreters(python, home), 'uv': find_uv(home)}


def find_interpreters(asked: str | None, home: str) -> list[FoundInterpreter]:
    limit = time.monotonic() + INTERPRETER_SECONDS
    found: dict[str, FoundInterpreter] = {}
    answers: dict[str, str] = {}  # what was asked: the path of its answer
    for path, name in candidates(asked, home):
        real = os.path.realpath(path)
        # A shim's own name decides what it starts.
        key = real if os.path.basename(real).startswith('python') else path
        left = limit - time.monotonic()
        if key not in answers and len(answers) < MOST and left > 0:
            answer = ask_python(path, left)
            answers[key] = answer['path'] if answer else ''
            if answer and answer['path'] not in found:
                found[answer['path']] = {
                    'path': answer['path'],
                    'version': answer['version'],
                    'library': answer['library'],
                    'asked': False,
                    'standard': False,
                    'makes': answer['makes'],
                }
        interpreter = found.get(answers.get(key, ''))
        if interpreter:
            interpreter['asked'] = interpreter['asked'] or name == asked
            interpreter['standard'] = interpreter['standard'] or name == STANDARD
    return list(found.values())


def candidates(asked: str | None, home: str) -> Iterator[tuple[str, str]]:
    """Paths, and the name that each was found by. The one that is asked about comes first, then the standard one."""
    import shutil

    places = ':'.join((CLEAN_ENVIRONMENT['PATH'], home + '/.local/bin'))
    for name in (*((asked,) if asked else ()), *NAMES):
        path = shutil.which(name, path=places)
        if path:
            yield path, name
    for collection in (os.path.join(home, each) for each in COLLECTIONS):
        for entry in newest_of(collection):
            path = os.path.join(collection, entry, 'bin', STANDARD)
            if os.path.exists(path):
                yield path, path


def newest_of(collection: str) -> list[str]:
    """The interpreters in a folder of a version manager, by the versions in their names."""
    import re

    try:
        entries = os.listdir(collection)
    except OSError:
        return []
    newest = sorted(entries, key=lambda name: [int(number) for number in re.findall(r'\d{1,9}', name)[:3]])
    return newest[::-1][:MOST_COLLECTED]


def for_service(host: Host, found: list[FoundInterpreter]) -> list[Interpreter]:
    """With the answer of the service's user, who must be able to run an interpreter and read its library."""
    serves: list[bool] = [True] * len(found)
    if found and user_exists(host.user):
        serves = as_user(host.user, runnable, [[each['path'], each['library']] for each in found])
    return [
        {
            'path': each['path'],
            'version': each['version'],
            'asked': each['asked'],
            'standard': each['standard'],
            'makes': each['makes'],
            'serves': bool(may),
        }
        for each, may in zip(found, serves)
    ]


def runnable(found: list[list[str]]) -> list[bool]:
    """As a user: which of these interpreters the user can run."""
    return [os.access(path, os.X_OK) and os.access(library, os.R_OK) for path, library in found]


def find_uv(home: str) -> str | None:
    import shutil

    return shutil.which(
        'uv', path=':'.join((CLEAN_ENVIRONMENT['PATH'], home + '/.local/bin', home + '/.cargo/bin'))
    )
