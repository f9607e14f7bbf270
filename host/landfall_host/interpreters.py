"""The Python interpreters of this host, and `uv`, as the deploying user finds them."""

from __future__ import annotations

from landfall_host.clean_process import CLEAN_ENVIRONMENT
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.shapes import Interpreter, Tools

# Seconds for one look at an interpreter, which may lie on a slow disk.
INTERPRETER_SECONDS = 10


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
