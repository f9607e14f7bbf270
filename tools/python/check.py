"""Checks the Python half: formatting, lint and types. `--fix` repairs what it can.

The tools are installed once, in the versions of requirements.txt, into a virtual environment in the user's cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REQUIREMENTS = HERE / 'requirements.txt'
CACHE = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'landfall'

# The examples are for readers of the documentation, whose Python is newer. Their libraries are not installed.
TYPES = (
    ('mypy',),
    ('mypy', '--python-version', '3.12', '--allow-untyped-decorators', '--allow-subclassing-any', 'examples'),
)
CHECK = (('ruff', 'format', '--check', '--quiet', '.'), ('ruff', 'check', '--quiet', '.'), *TYPES)
FIX = (('ruff', 'check', '--quiet', '--fix', '.'), ('ruff', 'format', '--quiet', '.'), *TYPES)


def main() -> int:
    programs = tools()
    # All of them, also after one has failed: a person wants to see everything at once.
    return max([run(programs, command) for command in (FIX if '--fix' in sys.argv[1:] else CHECK)])


def run(programs: Path, command: tuple[str, ...]) -> int:
    # The caches lie next to the tools: nothing is written into the sources. Each checkout and each set of modules has
    # its own, because mypy fails on a cache that other modules have left.
    modules = [ROOT, *sorted(ROOT.glob('host/*/*.py'))]
    cache = str(programs / f'cache-{hashlib.sha256(repr(modules).encode()).hexdigest()[:16]}')
    environment = {**os.environ, 'RUFF_CACHE_DIR': cache, 'MYPY_CACHE_DIR': cache}
    status = subprocess.run(
        [str(programs / 'bin' / command[0]), *command[1:]], cwd=ROOT, env=environment
    ).returncode
    if status:
        print(f'failed: {" ".join(command)}', file=sys.stderr)
    return status


def tools() -> Path:
    """The virtual environment of the tools, made if it is not there. Several processes may call this at once."""
    versions = REQUIREMENTS.read_bytes() + f'{sys.version}\n{sys.base_prefix}'.encode()
    directory = CACHE / 'python-tools' / hashlib.sha256(versions).hexdigest()[:16]
    directory.parent.mkdir(parents=True, exist_ok=True)
    with open(f'{directory}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / 'finished').exists():
            install(directory)
    return directory


def install(directory: Path) -> None:
    print(f'Installing ruff and mypy into {directory}, once ...', flush=True)
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, with_pip=True)
    pip = [
        str(directory / 'bin' / 'python'),
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
    ]
    subprocess.run([*pip, '--require-hashes', '--requirement', str(REQUIREMENTS)], check=True)
    (directory / 'finished').touch()


if __name__ == '__main__':
    sys.exit(main())
