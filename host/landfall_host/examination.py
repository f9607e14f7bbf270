"""Reads in the files of a release how it is to be started: its packages, its app, its Gunicorn configuration.

Nothing of the release runs, and none of its packages is imported. The files are the deploying user's, so a child that
has become that user reads them.
"""

from __future__ import annotations

import ast
import os
import re

from landfall_host.app_kind import CALLS, CANDIDATE_CALLS, Modules, called, kind_of_app
from landfall_host.children import as_user
from landfall_host.releases import whole_release

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Iterator

    from landfall_host.contract_types import Examined, ExaminedConf, ExamineRequest
    from landfall_host.state import Host

# Packages that decide how a release is started.
TELLING = re.compile(
    r'(gunicorn|uvicorn|uvicorn[-_.]worker|hypercorn|granian|fastapi|starlette|litestar|quart|flask|django|falcon'
    r'|bottle|pyramid|gevent|eventlet|tornado)-([0-9][^-]*)(?:-.*)?\.(?:dist-info|egg-info)',
    re.I,
)
CONF = 'gunicorn.conf.py'
# Entries of the release that are looked through for an app.
MOST_FILES = 300
PASSED_OVER = ('tests', 'test', 'node_modules', 'docs')


def verb_examine(host: Host, ask: ExamineRequest, stdin: BinaryIO) -> Examined:
    whole_release(host, ask['release'])
    place = host.release(ask['release']), host.workdir(ask['release'])
    found: Examined = as_user(host.deployer, examine, *place, ask)
    return found


def examine(release: str, directory: str, ask: ExamineRequest) -> Examined:
    packages = list(site_packages(os.path.join(release, '.venv')))
    conf = configuration(directory, ask['configFile'])
    begins, more = module_folders(release, directory, conf)
    written = [os.path.join(directory, path) for path in (*ask['pythonPath'], 'src')]
    modules = Modules([*more, begins, directory, *written], packages)
    return {
        'packages': sorted({told for path in packages for told in telling(path)}),
        'app': kind_of_app(modules, ask['app']),
        'conf': conf,
        'candidates': candidates(begins),
    }


def module_folders(release: str, directory: str, conf: ExaminedConf | None) -> tuple[str, list[str]]:
    """(Gunicorn's working directory, the folders of `pythonpath`), as `landfall_gate.precedence` leaves them."""
    values = conf['values'] if conf else {}
    begins = os.path.normpath(os.path.join(directory, values.get('chdir', '')))
    if not (begins + os.sep).startswith(release + os.sep):
        begins = directory
    named = [path for path in values.get('pythonpath', '').split(',') if path]
    return begins, [os.path.normpath(os.path.join(begins, path)) for path in named]


def site_packages(environment: str) -> Iterator[str]:
    """Of the environment, and of the shared one under it."""
    library = os.path.join(environment, 'lib')
    for name in sorted(names(library)):
        path = os.path.join(library, name, 'site-packages')
        if os.path.isdir(path):
            yield path
            lower = re.search(
                r"addsitedir\(['\"](/[^'\"]+)['\"]\)", content(os.path.join(path, '_landfall.pth'))
            )
            if lower:
                yield lower.group(1)


def telling(path: str) -> Iterator[str]:
    for name in names(path):
        found = TELLING.fullmatch(name)
        if found:
            yield f'{re.sub("[-_.]+", "-", found.group(1)).lower()} {found.group(2)}'


def configuration(directory: str, config_file: str | None) -> ExaminedConf | None:
    """The names that the project's own configuration sets, with those values that are written out."""
    file = config_file or CONF
    path = os.path.join(directory, file)
    if not os.path.isfile(path):
        return None
    values: dict[str, str] = {}
    computed: list[str] = []
    tree = Modules.tree_of(path)
    for statement in tree.body if tree else []:
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            if not isinstance(target, ast.Name) or target.id.startswith('_'):
                continue
            try:
                values[target.id] = str(ast.literal_eval(statement.value))[:200]
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                computed.append(target.id[:100])
    return {'file': file, 'values': dict(list(values.items())[:50]), 'computed': computed[:50]}


def candidates(directory: str) -> list[str]:
    """Apps at the top of the release and one folder below, by the call that makes them."""
    found: list[str] = []
    for path in python_files(directory):
        tree = Modules.tree_of(path)
        module = os.path.relpath(path, directory)[: -len('.py')].replace(os.sep, '.')
        module = re.sub(r'^src\.', '', re.sub(r'\.__init__$', '', module))
        for statement in tree.body if tree else []:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                name = called(statement.value)
                target = statement.targets[0]
                if name in CANDIDATE_CALLS and name in CALLS and isinstance(target, ast.Name):
                    found.append(f'{module}:{target.id}')
    return sorted(set(found), key=lambda each: (each.endswith('asgi:application'), each))[:10]


def python_files(directory: str) -> Iterator[str]:
    left = MOST_FILES
    for folder, folders, files in os.walk(directory):
        depth = os.path.relpath(folder, directory).count(os.sep) + (folder != directory)
        if depth >= 2:
            folders.clear()
        folders[:] = sorted(each for each in folders if not each.startswith('.') and each not in PASSED_OVER)
        for name in sorted(files):
            if (
                name.endswith('.py')
                and not name.startswith('test_')
                and re.fullmatch(r'[A-Za-z_]\w*\.py', name)
            ):
                left -= 1
                if left < 0:
                    return
                yield os.path.join(folder, name)


def names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def content(path: str) -> str:
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read(4096)
    except OSError:
        return ''
