"""Requirement files as pip reads them: the files that they include, and their lines that need a word.

Nothing is installed from this reading. It names the environment, and tells which lines pin no version.
"""

from __future__ import annotations

import codecs
import os
import re

from landfall_host.protocol import Refused
from landfall_host.url_logins import without_logins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.shapes import ReadRequirements

# Bytes of one file of a release that are looked at.
MOST_BYTES = 1 << 22
MARKS = (
    (codecs.BOM_UTF8, 'utf-8'),
    (codecs.BOM_UTF32_BE, 'utf-32-be'),
    (codecs.BOM_UTF32_LE, 'utf-32-le'),
    (codecs.BOM_UTF16_BE, 'utf-16-be'),
    (codecs.BOM_UTF16_LE, 'utf-16-le'),
)


def read_inside(release: str, folder: str, name: str, what: str) -> bytes:
    """The content of a file of the release; `folder` is where its name begins."""
    path = os.path.normpath(os.path.join(folder, name))
    if not (os.path.realpath(path) + '/').startswith(release + '/'):
        raise Refused('InvalidInput', f'The {what} {name} is outside the release.')
    try:
        # O_NONBLOCK: a FIFO there must not hold the lock for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 'rb') as file:
            return file.read(MOST_BYTES) or b''
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise Refused('InvalidInput', f'The release has no {what} {name}.') from None


def read_requirements(release: str, folder: str, names: list[str]) -> ReadRequirements:
    """As the deploying user: the contents of these files and of those that they include, and what their lines are."""
    contents: list[bytes] = []
    unpinned: list[tuple[str, str]] = []
    constrained, seen, local = set(), set(), False

    def follow(name: str, constraints: bool) -> None:
        nonlocal local
        path = os.path.normpath(os.path.join(folder, name))
        if (path, constraints) in seen:
            return
        seen.add((path, constraints))
        content = read_inside(release, folder, name, 'requirement file')
        contents.append(content)
        for at, line in requirement_lines(decoded(content)):
            where = f'{name}, line {at}'
            option = re.match(r'(-r|--requirement|-c|--constraint)[ =]*(.+)', line)
            if option:
                follow(
                    os.path.join(os.path.dirname(name), option.group(2).strip()),
                    constraints or option.group(1)[:2] == '-c' or option.group(1) == '--constraint',
                )
                continue
            editable = re.match(r'(?:-e|--editable)[ =]*(.+)', line)
            requirement = editable.group(1) if editable else line
            if requirement.startswith('-'):
                continue
            if is_local(requirement):
                local = local or not constraints
            elif re.match(r'[^@;]*===?\s*[^*;,\s]+\s*(;|$|--)', requirement) or is_direct(requirement):
                constrained.add(project(requirement)) if constraints else None
            elif not constraints:
                unpinned.append((project(requirement), f'{where}: {without_logins(line)[:200]}'))

    for name in names:
        follow(name, False)
    return {
        'contents': contents,
        'unpinned': [said for who, said in unpinned if who not in constrained],
        'local': local,
    }


def decoded(content: bytes) -> str:
    """As pip does: by a mark at the beginning, or by a coding line among the first two."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, 'replace')
    for line in content.split(b'\n')[:2]:
        coding = re.match(rb'#.*?coding[:=]\s*([-\w.]+)', line)
        if coding:
            try:
                return content.decode(coding.group(1).decode(), 'replace')
            except LookupError:
                break
    return content.decode(errors='replace')


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
    """Whether a requirement names code of the release, or another file of the host."""
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
