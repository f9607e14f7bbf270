"""The virtual environments of releases, named by what determines them.

`shared`: what the requirement or lock files of a release name. Releases with the same files share it.
`layer`: the packages of one release itself, on top of its shared environment.
`tool`: a program that reads a lock file, such as uv, where the host has none; or an interpreter that uv brings.

An environment whose requirement files name code of the release (`-e .`) belongs to that release alone.
"""

from __future__ import annotations

import os

from landfall_host.children import as_user
from landfall_host.files import is_directory, link, write_json
from landfall_host.interpreters import INTERPRETER_SECONDS, ask_python
from landfall_host.protocol import Refused
from landfall_host.releases import environments_of, record_path, whole_release
from landfall_host.requirement_files import read_inside, read_requirements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from landfall_host.contract_types import EnvironmentRequest, EnvironmentResult
    from landfall_host.shapes import NamedEnvironment
    from landfall_host.state import Host

# Seconds for all that names an environment.
LONGEST = 15
# Lines that are told; a file may have any number.
MOST_UNPINNED = 1000
COMPLETE = '.landfall-complete'
# Written by the installer: the packages of the release that a lock file names, one a line.
LOCAL = '.landfall-local'


def verb_environment(host: Host, ask: EnvironmentRequest, stdin: BinaryIO) -> EnvironmentResult:
    host.lock()
    host.check_claim(ask['claim'])
    host.unlock()  # the interpreter is of the deploying user's choice
    kind, entry = ask['kind'], whole_release(host, ask['release'])
    standing = entry['venv']
    if kind != 'tool' and standing and is_complete(host, standing):
        # Never changed again: this may be the live release, whose workers import from there at any moment.
        path = os.path.join(host.venvs, standing)
        return {
            'name': standing,
            'path': path,
            'complete': True,
            'unpinned': [],
            'python': path + '/bin/python',
            'ofRelease': False,
            'layered': False,
        }
    folder = host.workdir(ask['release'])
    named: NamedEnvironment = as_user(
        host.deployer, name_environment, host, folder, dict(ask), seconds=LONGEST
    )
    name, complete = named['name'], is_complete(host, named['name'])
    if complete:
        host.lock()
        host.check_claim(ask['claim'])
        record(host, ask['release'], name, kind != 'tool' and not named['layered'])
    return {'path': os.path.join(host.venvs, name), 'complete': complete, **named}


def record(host: Host, release: str, name: str, links: bool) -> None:
    """Notes a complete environment of a release, which keeps it from being removed; `links`: it is the `.venv`."""
    entry = whole_release(host, release)
    if links:
        as_user(host.deployer, link_venv, host.release(release), name)
    known = {**entry, 'environments': sorted({*environments_of(entry), name})}
    if links:
        known['venv'] = name
    if known != entry:
        write_json(record_path(host, release), known)


def is_complete(host: Host, name: str) -> bool:
    path = os.path.join(host.venvs, name)
    return is_directory(path) and os.path.lexists(os.path.join(path, COMPLETE))


def name_environment(host: Host, folder: str, ask: dict[str, Any]) -> NamedEnvironment:
    """As the deploying user: the name of the environment, made of all that determines it.

    `folder`: the service's folder in the release, where the names of its files begin.
    """
    kind, release = ask['kind'], host.release(ask['release'])
    if kind == 'layer':
        return name_layer(host, ask)
    if kind == 'tool' and ask['tool'] == 'python':
        # Brought by uv: nothing of it comes from an interpreter of the host.
        name = digest('tool', 'python', ask.get('toolVersion'), os.uname().machine)
        return {
            'name': name,
            'python': os.path.join(host.venvs, name, 'bin/python3'),
            'unpinned': [],
            'ofRelease': False,
            'layered': False,
        }
    interpreter = ask_python(ask['python'])
    if interpreter is None:
        raise Refused(
            'InvalidInput',
            f'There is no interpreter {ask["python"]} on this host that answers within {INTERPRETER_SECONDS} s.',
        )
    named: NamedEnvironment = {
        'name': '',
        'python': interpreter['path'],
        'version': interpreter['version'],
        'unpinned': [],
        'ofRelease': False,
        'layered': False,
    }
    build, wheels = interpreter['build'], ask.get('wheels')
    if kind == 'tool':
        return {**named, 'name': digest('tool', ask['tool'], ask.get('toolVersion'), build)}
    offered = wheels_of(release, folder, wheels) if wheels else []
    if ask['tool'] == 'requirements':
        read = read_requirements(release, folder, ask['files'])
        owner = ask['release'] if read['local'] else None
        return {
            **named,
            'name': digest('requirements', build, owner, *read['contents'], *offered),
            'unpinned': read['unpinned'][:MOST_UNPINNED],
            'ofRelease': read['local'],
        }
    contents = [read_inside(release, folder, name, 'file') for name in ask['files']]
    name = digest(ask['tool'], build, ask['groups'], ask['extras'], *contents, *offered)
    local = os.path.join(host.venvs, name, LOCAL)
    return {**named, 'name': name, 'layered': os.path.exists(local) and os.path.getsize(local) > 0}


def wheels_of(release: str, folder: str, wheels: str) -> list[Any]:
    """As the deploying user: all that tells the wheels of a folder apart. A folder of the host counts by its path."""
    path = os.path.realpath(os.path.join(folder, wheels))
    inside = path.startswith(os.path.realpath(release) + '/')
    if not os.path.isdir(path) or not os.access(path, os.R_OK | os.X_OK):
        where = 'in the release' if inside else 'on this host that the deploying user can read'
        raise Refused('InvalidInput', f'There is no folder {wheels} {where}, which wheels: names.')
    if wheels.startswith('/'):
        return ['wheels', path]
    if not inside:
        raise Refused('InvalidInput', f'The folder {wheels}, which wheels: names, leads out of the release.')
    return ['wheels', sorted([each.name, each.stat().st_size] for each in os.scandir(path))]


def name_layer(host: Host, ask: dict[str, Any]) -> NamedEnvironment:
    shared = ask.get('shared')
    if not shared or not is_complete(host, shared):
        raise Refused('InvalidInput', 'A layer needs a complete environment to lie on.')
    return {
        'name': digest('layer', shared, ask['release']),
        'python': os.path.join(host.venvs, shared, 'bin/python'),
        'unpinned': [],
        'ofRelease': True,
        'layered': False,
    }


def digest(*parts: Any) -> str:
    import hashlib
    import json

    found = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part).encode()
        found.update(b'\0%d\0' % len(data) + data)
    return found.hexdigest()[:16]


def link_venv(release: str, name: str) -> None:
    path = os.path.join(release, '.venv')
    if os.path.lexists(path) and not os.path.islink(path):
        raise Refused('InvalidInput', 'The release has a .venv of its own; remove it from the repository.')
    target = '../../venvs/' + name
    if not os.path.islink(path) or os.readlink(path) != target:
        link(path, target)
