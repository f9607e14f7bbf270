"""The checkout that an ejected service runs from: made next to its release, as the deploying user.

The files of the commit come from Git where the host reaches the repository. What the release has besides them (built
files, links to shared files) is copied. Without Git, or without the repository, all of it is a copy.
"""

from __future__ import annotations

import os
import shutil

from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    class Copied(TypedDict):
        """`commit`: what HEAD is now; None: HEAD is nowhere. `links`: path in it to the shared file or folder."""

        commit: str | None
        links: dict[str, str]


# Seconds.
LOOK_SECONDS, FETCH_SECONDS, COPY_SECONDS = 20, 300, 300
VENV = '.venv'
ENVIRONMENT = {
    'GIT_TERMINAL_PROMPT': '0',
    'GIT_SSH_COMMAND': 'ssh -o BatchMode=yes',
    # As the controller: nothing that proves no server, and no command.
    'GIT_ALLOW_PROTOCOL': 'https:ssh:file',
    'LC_ALL': 'C',
}


def why_no_clone(repository: str | None) -> str | None:
    """As the deploying user: why the host cannot clone from there; None: it can."""
    if not shutil.which('git'):
        return 'git is not installed on this host'
    if repository is None:
        return 'landfall.yaml names no repository'
    os.environ.update(ENVIRONMENT)
    ended, out, err = run(['git', 'ls-remote', '--quiet', '--', repository, 'HEAD'], LOOK_SECONDS)
    if ended == 0:
        return None
    said = [line for line in (err or out).split('\n') if line.strip()]
    return f'git does not reach {repository} from here: {said[0][:200] if said else f"exit status {ended}"}'


def make_checkout(
    checkout: str, repository: str | None, commit: str, release: str, inside: str, shared: str
) -> Copied:
    """As the deploying user. Safe to run twice: it begins again in what is there. `inside`: where the release goes."""
    os.environ.update(ENVIRONMENT)
    os.umask(0o027)
    head = clone(checkout, repository, commit) if repository is not None else None
    into = os.path.join(checkout, inside) if inside else checkout
    os.makedirs(into, exist_ok=True)
    links: dict[str, str] = {}
    copy_missing(release, into, shared, links, top=True)
    return {
        'commit': head,
        'links': {os.path.relpath(path, checkout): target for path, target in links.items()},
    }


def clone(checkout: str, repository: str, commit: str) -> str | None:
    """The commit at which the checkout stands; None where the repository does not have this commit."""

    def git(*words: str, seconds: float = 60) -> bool:
        return run(['git', '-c', 'core.hooksPath=/dev/null', '-C', checkout, *words], seconds)[0] == 0

    if not os.path.isdir(os.path.join(checkout, '.git')):
        git('init', '--quiet')
    if not git('remote', 'set-url', 'origin', repository):
        git('remote', 'add', 'origin', repository)
    if not git('rev-parse', '--verify', '--quiet', commit + '^{commit}'):
        git('fetch', '--quiet', '--tags', 'origin', seconds=FETCH_SECONDS)
    if git('checkout', '--quiet', '--force', '--detach', commit):
        return commit
    shutil.rmtree(os.path.join(checkout, '.git'), ignore_errors=True)
    return None


def copy_missing(source: str, into: str, shared: str, links: dict[str, str], top: bool = False) -> None:
    """A link to a shared file counts more than what Git has in its place. Links lead where they led."""
    for entry in os.scandir(source):
        path = os.path.join(into, entry.name)
        if top and entry.name == VENV:
            continue
        if entry.is_symlink():
            target = os.readlink(entry.path)
            leads = os.path.normpath(os.path.join(source, target))
            if (leads + '/').startswith(shared + '/'):
                links[path] = leads
                replace_by_link(path, leads)
            elif not os.path.lexists(path):
                os.symlink(target, path)
        elif entry.is_dir(follow_symlinks=False):
            if not os.path.lexists(path):
                os.mkdir(path)
            if os.path.isdir(path) and not os.path.islink(path):
                copy_missing(entry.path, path, shared, links)
        elif entry.is_file(follow_symlinks=False) and not os.path.lexists(path):
            partial = f'{path}.{os.getpid()}.new'
            shutil.copy2(entry.path, partial)
            os.rename(partial, path)


def replace_by_link(path: str, target: str) -> None:
    if os.path.islink(path) and os.readlink(path) == target:
        return
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    os.symlink(target, path)
