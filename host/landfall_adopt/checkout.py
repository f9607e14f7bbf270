"""The tree that a service runs from: its Git checkout, its packages, its configuration. Read as the tree's owner."""

from __future__ import annotations

import os
import pwd
import re

from landfall_adopt.packages import environment_at, requirements_in
from landfall_host.children import as_user
from landfall_host.examination import configuration
from landfall_host.run import run
from landfall_host.url_logins import without_logins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The tree's own configuration runs no program, and reading changes no index.
GIT = ['git', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false']
QUIET = {'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_OPTIONAL_LOCKS': '0', 'GIT_TERMINAL_PROMPT': '0'}
SECONDS = 20
MOST_PATHS = 40


def tree_of(directory: str, program: str, conf: str | None) -> dict[str, Any]:
    """As the owner of the tree where root may become that user; else as the user that reads."""
    root = root_of(directory)
    owned = os.path.join(root, '.git') if root else directory
    owner = owner_name(owned)
    if os.getuid() == 0 and owner and owner != 'root':
        tree: dict[str, Any] = as_user(
            owner, read_tree, root, directory, program, conf, True, seconds=SECONDS
        )
    else:
        own = os.path.isdir(directory) and os.stat(owned).st_uid == os.getuid()
        tree = read_tree(root, directory, program, conf, own)
    return {**tree, 'owner': owner}


def root_of(directory: str) -> str | None:
    """The nearest folder above with a repository."""
    at = os.path.normpath(directory)
    while at not in ('/', ''):
        if os.path.exists(os.path.join(at, '.git')):
            return at
        at = os.path.dirname(at)
    return None


def owner_name(path: str) -> str | None:
    try:
        return pwd.getpwuid(os.stat(path).st_uid).pw_name
    except (OSError, KeyError):
        return None


def read_tree(root: str | None, directory: str, program: str, conf: str | None, own: bool) -> dict[str, Any]:
    os.environ.update(QUIET)
    return {
        'checkout': checkout_at(root, directory, own) if root else None,
        'conf': configuration(directory, conf) if os.access(directory, os.R_OK | os.X_OK) else None,
        'python': environment_at(program),
        **requirements_in(directory, root or directory),
    }


def checkout_at(root: str, directory: str, own: bool) -> dict[str, Any]:
    """`own`: git may run. Its configuration could name programs, so it does not run in the tree of another user."""
    found: dict[str, Any] = {
        'root': root,
        'folder': os.path.relpath(directory, root) if directory != root else '',
        'commit': None,
        'branch': None,
        'remote': None,
        'remoteHasLogin': False,
        'published': None,
        'changed': None,
        'untracked': [],
        'ignored': [],
    }
    if not own:
        found['remote'] = without_logins(remote_in(os.path.join(root, '.git', 'config')) or '') or None
        return found
    found['commit'] = git(root, 'rev-parse', 'HEAD')
    found['branch'] = git(root, 'symbolic-ref', '--short', '-q', 'HEAD')
    remote = git(root, 'config', '--get', 'remote.origin.url')
    found['remote'] = without_logins(remote)[:500] if remote else None
    found['remoteHasLogin'] = remote is not None and without_logins(remote) != remote
    branches = run([*GIT, '-C', root, 'branch', '-r', '--contains', 'HEAD'], SECONDS)
    found['published'] = None if branches[0] else branches[1].strip() != ''
    status, out, _ = run([*GIT, '-C', root, 'status', '--porcelain', '-z', '--ignored'], SECONDS, 4 << 20)
    if status:
        return found
    rows = [row for row in out.split('\0') if re.match(r'[ A-Z?!]{2} ', row)]
    found['changed'] = [row[3:] for row in rows if row[:2] not in ('??', '!!')][:MOST_PATHS]
    found['untracked'] = [row[3:] for row in rows if row[:2] == '??'][:MOST_PATHS]
    found['ignored'] = [row[3:] for row in rows if row[:2] == '!!' and not is_made(row[3:])][:MOST_PATHS]
    return found


def is_made(path: str) -> bool:
    """Made by tools, and made again in each release."""
    return (
        re.search(
            r'(?:^|/)(?:__pycache__|\.?venv|env|node_modules|\.[a-z]+_cache)/$|\.pyc$|\.egg-info/$', path
        )
        is not None
    )


def git(root: str, *words: str) -> str | None:
    status, out, _ = run([*GIT, '-C', root, *words], SECONDS, 1 << 16)
    return out.strip() or None if status == 0 else None


def remote_in(path: str) -> str | None:
    try:
        with open(path, errors='replace') as file:
            found = re.search(r'\[remote "origin"\][^[]*?\n\s*url\s*=\s*(\S+)', file.read(1 << 16))
    except OSError:
        return None
    return found.group(1) if found else None
