"""Virtual environments, named by what determines them: requirement files and interpreter."""

from __future__ import annotations

import os
import re

from landfall_host.children import as_user
from landfall_host.clean_process import CLEAN_ENVIRONMENT
from landfall_host.files import is_directory, link, write_json
from landfall_host.protocol import Refused
from landfall_host.releases import record_path, whole_release
from landfall_host.run import run
from landfall_host.url_logins import without_logins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Iterator

    from landfall_host.contract_types import VenvRequest, VenvResult
    from landfall_host.shapes import Interpreter, NamedEnvironment, Tools
    from landfall_host.state import Host


def verb_venv(host: Host, ask: VenvRequest, stdin: BinaryIO) -> VenvResult:
    host.lock()
    host.check_claim(ask['claim'])
    host.unlock()  # the interpreter is of the deploying user's choice
    entry = whole_release(host, ask['release'])
    release = host.release(ask['release'])
    if entry['venv'] and is_complete(host, entry['venv']):
        # Never changed again: this may be the live release, whose workers import from there at any moment.
        return {
            'name': entry['venv'],
            'path': os.path.join(host.venvs, entry['venv']),
            'complete': True,
            'unpinned': [],
            'python': os.path.join(host.venvs, entry['venv'], 'bin/python'),
        }
    named = as_user(host.deployer, name_venv, release, ask['requirements'], ask['python'], seconds=LONGEST)
    path = os.path.join(host.venvs, named['name'])
    complete = is_complete(host, named['name'])
    if complete:
        host.lock()
        host.check_claim(ask['claim'])
        entry = whole_release(host, ask['release'])
        as_user(host.deployer, link_venv, release, named['name'])
        if entry['venv'] != named['name']:
            write_json(record_path(host, ask['release']), dict(entry, venv=named['name']))
    return {
        'name': named['name'],
        'path': path,
        'complete': complete,
        'unpinned': named['unpinned'],
        'python': named['python'],
    }


# Seconds: for one look at an interpreter, which may lie on a slow disk; and for all that names an environment.
INTERPRETER_SECONDS = 10
LONGEST = 15
# Lines that are told; a file may have any number.
MOST_UNPINNED = 1000


def is_complete(host: Host, name: str) -> bool:
    path = os.path.join(host.venvs, name)
    return is_directory(path) and os.path.lexists(os.path.join(path, '.landfall-complete'))


# The modules `json` and `platform` would take as long to import as the interpreter takes to start.
ASK_PYTHON = (
    'import sys,sysconfig;sys.stdout.write("\\0".join([sys.version,sysconfig.get_platform(),'
    'sys.executable,sys.version.split()[0],sys.implementation.name]))'
)


def ask_python(python: str) -> Interpreter | None:
    """As the deploying user: {path, version, id, build} of an interpreter, or None when there is none."""
    import shutil

    path = shutil.which(python)
    if not path:
        return None
    status, out, _ = run([path, '-I', '-c', ASK_PYTHON], INTERPRETER_SECONDS)
    said = out.split('\0')
    if status or len(said) != 5 or not all(0 < len(each) <= 500 for each in said):
        return None
    build, platform, executable, version, implementation = said
    if not executable.startswith('/'):
        return None
    return {
        'path': executable,
        'version': version,
        'id': f'{implementation}-{version}-{platform}',
        'build': '\n'.join((build, platform, executable)),
    }


def find_tools(python: str, home: str) -> Tools:
    """As the deploying user: the interpreter that is asked about, and `uv`; None for each that is not there."""
    found = ask_python(python)
    return {
        'python': {'path': found['path'], 'version': found['version'], 'id': found['id']} if found else None,
        'uv': find_uv(home),
    }


def find_uv(home: str) -> str | None:
    import shutil

    return shutil.which(
        'uv', path=':'.join((CLEAN_ENVIRONMENT['PATH'], home + '/.local/bin', home + '/.cargo/bin'))
    )


def name_venv(release: str, requirements: list[str], python: str) -> NamedEnvironment:
    """As the deploying user: the name made of these requirement files and this interpreter, and the unpinned lines."""
    import hashlib

    interpreter = ask_python(python)
    if interpreter is None:
        raise Refused(
            'InvalidInput',
            f'There is no interpreter {python} on this host that answers within {INTERPRETER_SECONDS} s.',
        )
    digest = hashlib.sha256(interpreter['build'].encode())
    unpinned, constrained, seen = [], set(), set()

    def follow(name: str, constraints: bool) -> None:
        path = os.path.normpath(os.path.join(release, name))
        if not (os.path.realpath(path) + '/').startswith(release + '/'):
            raise Refused('InvalidInput', f'The requirement file {name} is outside the release.')
        if (path, constraints) in seen:
            return
        seen.add((path, constraints))
        try:
            # O_NONBLOCK: a FIFO there must not hold the lock for ever.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
                content = file.read(1 << 22) or b''
        except (FileNotFoundError, IsADirectoryError):
            raise Refused('InvalidInput', f'The release has no requirement file {name}.') from None
        digest.update(b'\0%d\0' % len(content) + content)
        for at, line in requirement_lines(content.decode(errors='replace')):
            where = f'{name}, line {at}'
            option = re.match(r'(-r|--requirement|-c|--constraint)[ =]*(.+)', line)
            if option:
                follow(
                    os.path.join(os.path.dirname(name), option.group(2).strip()),
                    constraints or option.group(1)[:2] == '-c' or option.group(1) == '--constraint',
                )
                continue
            if re.match(r'-e\b|--editable\b', line) or is_local(line):
                raise Refused(
                    'InvalidInput',
                    f'{where} installs from a local path or as editable ({without_logins(line)[:100]}). '
                    'The environment is shared '
                    "between releases, so it cannot hold one release's code.",
                )
            if line.startswith('-'):
                continue
            if re.match(r'[^@;]*===?\s*[^*;,\s]+\s*(;|$|--)', line) or is_direct(line):
                constrained.add(project(line)) if constraints else None
            elif not constraints:
                unpinned.append((project(line), f'{where}: {without_logins(line)[:200]}'))

    for name in requirements:
        follow(name, False)
    told = [said for who, said in unpinned if who not in constrained]
    return {
        'name': digest.hexdigest()[:16],
        'unpinned': told[:MOST_UNPINNED],
        'python': interpreter['path'],
    }


def requirement_lines(content: str) -> Iterator[tuple[int, str]]:
    """(number, logical line) without comments; a trailing backslash joins lines, as pip reads them."""
    joined, start = '', 0
    for at, line in enumerate(content.splitlines(), 1):
        start = start or at
        joined += line
        if joined.endswith('\\') and not line.lstrip().startswith('#'):
            joined = joined[:-1] + ' '
            continue
        bare = re.sub(r'(^|\s)#.*', '', joined).strip()
        if bare:
            yield start, bare
        joined, start = '', 0
    if joined.strip():
        yield start, joined.strip()


def is_local(line: str) -> bool:
    requirement = line.split('@', 1)[1].strip() if re.match(r'[\w.,\[\] -]+@', line) else line
    return bool(
        re.search(r'\bfile:', requirement)
        or re.match(r'[./~]', requirement)
        or (
            '://' not in requirement
            and not requirement.startswith('-')
            and re.match(r'\S*(/|\.whl\b|\.tar\.gz\b|\.zip\b)', requirement)
        )
    )


def is_direct(line: str) -> bool:
    if re.search(r'(^|@\s*)(git|hg|svn|bzr)\+', line):
        return bool(re.search(r'@[0-9a-f]{40}\b', line))
    return bool(re.search(r'(^|@\s*)https?://', line))


def project(line: str) -> str:
    return re.sub(r'[-_.]+', '-', re.findall(r'^[\w.-]*', line)[0]).lower()


def link_venv(release: str, name: str) -> None:
    path = os.path.join(release, '.venv')
    if os.path.lexists(path) and not os.path.islink(path):
        raise Refused('InvalidInput', 'The release has a .venv of its own; remove it from the repository.')
    target = '../../venvs/' + name
    if not os.path.islink(path) or os.readlink(path) != target:
        link(path, target)
