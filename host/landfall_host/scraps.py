"""Partial files of a writer that was killed, by the names that this program gives to unfinished files.

A name says which process wrote the file. The lock does not keep all writers away. `setup` takes no lock, and an
archive arrives outside of it. Several services share some directories, each under its own lock. So a file is removed
when its process is gone, or when it is older than any writer lives. The age is for names whose process number
another process has now.

Files in a job's directory go with the directory, two deploys later. `repair` removes unfinished releases and links.
"""

from __future__ import annotations

import os
import re
import stat
import time

from landfall_host.children import as_user
from landfall_host.contract import RELEASE
from landfall_host.files import is_directory, names_in, remove_file, remove_tree
from landfall_host.places import (
    BOOT_UNITS,
    ETC,
    GATES,
    HELPER,
    JOB_UNITS,
    SUDOERS,
    TRIALS,
    UNPROVEN_UNITS,
    VERIFIED,
)
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_host.state import Host

# Seconds. A request is over within about a minute. Only an archive takes longer, and that has no name.
OLD = 3600
PARTIAL = r'\.(\d+)\.new'


def remove_scraps(host: Host) -> None:
    """Without the lock, which does not keep writers away anyway: part of it happens as the deploying user."""
    for directory, pattern in partial_files(host):
        for path in abandoned(directory, pattern, stat.S_ISREG):
            tidy(remove_file, path)
    for path in host.policy['envFiles']:
        # Landfall makes only empty ones. Another one may hold an administrator's secrets.
        for partial in abandoned(
            os.path.dirname(path), re.escape(os.path.basename(path)) + PARTIAL, stat.S_ISREG
        ):
            tidy(remove_empty_file, partial)
    for path in abandoned(
        os.path.dirname(VERIFIED), re.escape(os.path.basename(VERIFIED)) + r'\.(\d+)', stat.S_ISDIR
    ):
        tidy(remove_tree, path)
    links = []
    for release in names_in(host.releases):
        if re.fullmatch(RELEASE, release) and is_directory(host.release(release)):
            links += abandoned(host.release(release), r'\.venv' + PARTIAL, stat.S_ISLNK, None)
    if links:
        tidy(as_user, host.deployer, remove_files, links)


def tidy(remove: Callable[..., object], *arguments: Any) -> None:
    """A directory that cannot be written, or a file that is gone already, does not stop a deploy."""
    try:
        remove(*arguments)
    except (OSError, Refused):
        pass


def remove_files(paths: list[str]) -> None:
    for path in paths:
        tidy(remove_file, path)


def remove_empty_file(path: str) -> None:
    if not os.lstat(path).st_size:
        remove_file(path)


def partial_files(host: Host) -> list[tuple[str, str]]:
    """(directory, pattern of a name whose first group is the writer's number), all of them root's."""
    instance, deployer = re.escape(host.stem) + '@' + RELEASE, re.escape(host.deployer)
    written = [
        (host.var, r'state\.json'),
        (os.path.join(host.var, 'releases'), RELEASE + r'\.json'),
        (os.path.join(host.var, 'env'), r'\d+\.json'),
        (os.path.join(host.var, 'units'), r'foreign-[0-9TZ:-]+'),
        (
            BOOT_UNITS,
            '(?:{}|{}|{})'.format(re.escape(host.unit), re.escape(host.socket), instance + r'\.service'),
        ),
        (UNPROVEN_UNITS, f'(?:{re.escape(host.unit)}|{re.escape(host.socket)})'),
        (UNPROVEN_UNITS, rf'landfall-stand-in-{re.escape(host.service)}\.service'),
        (os.path.join(UNPROVEN_UNITS, host.socket + '.d'), r'landfall-stand-in\.conf'),
        (TRIALS, instance),
        (JOB_UNITS, rf'landfall-job-{re.escape(host.service)}-\d+-[a-z][a-z-]*-\d+\.service'),
        (ETC, re.escape(host.service) + r'\.json'),
        (SUDOERS, 'landfall-' + deployer),
        (os.path.dirname(HELPER), re.escape(os.path.basename(HELPER))),
    ]
    written += [
        (os.path.join(host.var, 'units', fence), r'before\.json')
        for fence in names_in(os.path.join(host.var, 'units'))
        if fence.isdigit()
    ]
    gates = [name for name in names_in(GATES) if re.fullmatch(r'gate-[0-9a-f]{12}', name)]
    written += [(os.path.join(GATES, name, 'landfall_gate'), r'[a-z_]+\.py') for name in gates]
    return [(directory, name + PARTIAL) for directory, name in written] + [
        (SUDOERS, r'\.landfall-(\d+)\.new(?:\.\d+\.new)?')
    ]


def abandoned(
    directory: str, pattern: str, of_kind: Callable[[int], bool], owner: int | None = 0
) -> list[str]:
    """Paths of what is named and made like that, and whose writer is gone."""
    found = []
    for name in names_in(directory):
        match = re.fullmatch(pattern, name)
        if not match:
            continue
        path = os.path.join(directory, name)
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            continue  # Its writer has finished meanwhile.
        if not of_kind(status.st_mode) or owner not in (None, status.st_uid):
            continue
        if not os.path.exists('/proc/' + match.group(1)) or time.time() - status.st_mtime > OLD:
            found.append(path)
    return found
