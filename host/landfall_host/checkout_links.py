"""Links in a release to the files of the checkout that Git does not track: settings, uploads, a database.

The service finds them in its checkout. The proofs of the release run in the release, and find them so.
"""

from __future__ import annotations

import os
import re
import stat

from landfall_host.checkout_git import git, listed

# Made by Python, by tools and by installers; each release has its own.
PASSED_OVER = re.compile(
    r'\.git|\.venv|venv|env|node_modules|__pycache__|\.(pytest|mypy|ruff)_cache|\.tox|.*\.py[co]|.*\.egg-info'
)
MOST_LINKS = 1000


def link_untracked(source: str, release: str) -> int:
    """As the deploying user. Returns how many of these links the release has now. Safe to repeat."""
    words = ['ls-files', '-z', '--others', '--directory', '--no-empty-directory']
    names = [name.rstrip('/') for name in listed(git(source, words))]
    links = 0
    for name in names[:MOST_LINKS]:
        path, to = os.path.join(release, name), os.path.join(source, name)
        parent = os.path.dirname(path)
        if is_passed_over(name, to) or not os.path.isdir(parent) or os.path.realpath(parent) != parent:
            continue
        if not os.path.lexists(path):
            os.symlink(to, path)
        links += os.path.islink(path) and os.readlink(path) == to
    return links


def is_passed_over(name: str, path: str) -> bool:
    if any(PASSED_OVER.fullmatch(part) for part in name.split('/')):
        return True
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        return os.path.lexists(os.path.join(path, 'pyvenv.cfg'))
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode))
