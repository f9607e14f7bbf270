"""The program as one file of root's: a zip of its modules that Python runs as it is.

Next to each source lies its bytecode, compiled by this host's own Python. To compile again for every request would
take longer than most requests. Python never compares the bytecode with the source (an unchecked hash, see PEP 552).
A Python of another version ignores the bytecode and compiles the source. So an upgrade of this host makes requests
slower until the next setup, but not wrong.
"""

from __future__ import annotations

import importlib.util
import io
import json
import marshal
import os
import stat
import zipfile

from landfall_host.places import GATES
from landfall_host.running_file import DIGEST, GATE

# -I: nothing of the caller's is imported; -S: nor what administrators add to this Python.
SHEBANG = b'#!/usr/bin/python3 -IS\n'
MODE = 0o755
# Next to the package, where its modules find them.
DATA = ('contract.json', 'deploy.sh')
# Which of the sources are the gate's.
GATE_SOURCE = 'gate/'
UNCHECKED_HASH = 1


def build(sent: bytes) -> bytes:
    """The file's content, from the controller's JSON object of module names and sources."""
    content = io.BytesIO()
    content.write(SHEBANG)
    with zipfile.ZipFile(content, 'w') as file:  # stored, not compressed: read more quickly
        for name, source in json.loads(sent.decode()).items():
            if name.startswith(GATE_SOURCE):
                continue
            if name in DATA:
                file.writestr(member(name), source)
                continue
            path = name if name == '__main__.py' else 'landfall_host/' + name
            file.writestr(member(path), source)
            file.writestr(member(path + 'c'), bytecode(path, source.encode()))
        file.writestr(member(DIGEST), digest(sent))
        file.writestr(member(GATE), gate_directory(sent))
    return content.getvalue()


def member(path: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(path)  # dated 1980, so that the file says nothing but its content


def bytecode(path: str, source: bytes) -> bytes:
    header = (
        importlib.util.MAGIC_NUMBER
        + UNCHECKED_HASH.to_bytes(4, 'little')
        + importlib.util.source_hash(source)
    )
    return header + marshal.dumps(compile(source, path, 'exec', dont_inherit=True))


def digest(sent: bytes) -> str:
    import hashlib

    return hashlib.sha256(sent).hexdigest()


def is_installed(path: str, sent: bytes) -> bool:
    """Whether this file is whole, root's, made from these sources and by this Python.

    Not compared byte by byte with a new one: the same code does not always give the same bytecode.
    """
    try:
        with open(path, 'rb') as opened:
            status = os.fstat(opened.fileno())
            if (status.st_uid, stat.S_IMODE(status.st_mode)) != (0, MODE) or opened.readline() != SHEBANG:
                return False
            with zipfile.ZipFile(opened) as file:
                return (
                    file.testzip() is None
                    and file.read(DIGEST).decode() == digest(sent)
                    and file.read('__main__.pyc').startswith(importlib.util.MAGIC_NUMBER)
                )
    except (FileNotFoundError, zipfile.BadZipFile, KeyError):
        return False


def gate_files(sent: bytes) -> dict[str, str]:
    """Name to source of the modules that services' workers run, from the controller's JSON object."""
    return {
        name[len(GATE_SOURCE) :]: source
        for name, source in json.loads(sent.decode()).items()
        if name.startswith(GATE_SOURCE)
    }


def gate_directory(sent: bytes) -> str:
    """Named by its content, so that a unit keeps the gate that it was written with when this program is replaced."""
    files = sorted(gate_files(sent).items())
    return os.path.join(GATES, 'gate-' + digest(json.dumps(files).encode())[:12])
