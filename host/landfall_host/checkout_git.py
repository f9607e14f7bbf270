"""Git in the checkout that a service runs from. Everything here is called as the deploying user, who owns it.

The checkout's own configuration counts, apart from all that would run a program: hooks, filters, monitors.
"""

from __future__ import annotations

import os
import re
import stat

from landfall_host.protocol import Refused
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from landfall_host.shapes import Outcome

# Seconds. A checkout of some ten thousand files takes two.
LONGEST = 60
MOST_NAMES = 20
# Locks that a move leaves when it is interrupted.
LOCKS = ('index.lock', 'HEAD.lock', 'ORIG_HEAD.lock')
UNDER_WAY = {
    'MERGE_HEAD': 'A merge',
    'rebase-merge': 'A rebase',
    'rebase-apply': 'A rebase',
    'CHERRY_PICK_HEAD': 'A cherry-pick',
    'REVERT_HEAD': 'A revert',
    'BISECT_LOG': 'A bisect',
}
ENVIRONMENT = {
    'GIT_CONFIG_NOSYSTEM': '1',
    'GIT_CONFIG_GLOBAL': '/dev/null',
    'GIT_ATTR_NOSYSTEM': '1',
    'GIT_TERMINAL_PROMPT': '0',
    # Nothing is fetched: the controller sends the objects.
    'GIT_ALLOW_PROTOCOL': '',
    'GIT_NO_REPLACE_OBJECTS': '1',
    'GIT_AUTHOR_NAME': 'Landfall',
    'GIT_AUTHOR_EMAIL': 'landfall@localhost',
    'GIT_COMMITTER_NAME': 'Landfall',
    'GIT_COMMITTER_EMAIL': 'landfall@localhost',
    'GIT_REFLOG_ACTION': 'landfall',
    'LC_ALL': 'C',
}
ALWAYS = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'core.attributesFile=/dev/null',
    # A mode is not part of the code, and hosts often have other modes than the repository.
    'core.fileMode=false',
    'submodule.recurse=false',
    'gc.auto=0',
    'maintenance.auto=false',
]


def git(checkout: str, words: list[str], filters: Iterable[str] = (), optional: bool = False) -> str:
    """Git's output. With `optional`, an empty text where git says no."""
    ended, out, err = run_git(checkout, words, filters)
    if ended == 127:
        raise Refused('InvalidInput', 'Git is missing on this host: install its package `git`.')
    if ended and not (optional and ended in (1, 128)):
        raise Refused('CommandFailed', f'`git {words[0]}` in {checkout} ended with {ended}.', err or out)
    return '' if ended else out


def run_git(checkout: str, words: list[str], filters: Iterable[str] = ()) -> Outcome:
    os.environ.update(ENVIRONMENT)
    settings = [
        *ALWAYS,
        *(f'filter.{name}.{key}=' for name in filters for key in ('clean', 'smudge', 'process')),
    ]
    settings += [f'filter.{name}.required=false' for name in filters]
    given = [word for setting in settings for word in ('-c', setting)]
    return run(['git', *given, '-C', checkout, *words], LONGEST)


def filters_of(checkout: str) -> list[str]:
    """The filters that the checkout's configuration has, such as `lfs`: each would run a program."""
    names = git(checkout, ['config', '--null', '--name-only', '--get-regexp', r'^filter\.'], optional=True)
    found = (re.fullmatch(r'filter\.(.+)\.[^.]+', name, re.S) for name in names.split('\0'))
    return sorted({match.group(1) for match in found if match})


def head_of(checkout: str) -> str | None:
    return git(checkout, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], optional=True).strip() or None


def has_commit(checkout: str, commit: str) -> bool:
    """Whether the commit is here with all of its files."""
    return run_git(checkout, ['rev-list', '--objects', '--no-walk', '--quiet', commit])[0] == 0


def listed(text: str) -> list[str]:
    return [name for name in text.split('\0') if name]


def local_changes(checkout: str) -> list[str]:
    """Changes to the files that Git tracks, and files whose changes Git was told not to see."""
    filters = filters_of(checkout)
    words = [
        'status',
        '--porcelain=v1',
        '-z',
        '--no-renames',
        '--untracked-files=no',
        '--ignore-submodules=all',
    ]
    changed = [entry[3:] for entry in listed(git(checkout, ['--no-optional-locks', *words], filters))]
    hidden = [
        f'{entry[2:]} (git update-index --{"skip-worktree" if entry[0] == "S" else "assume-unchanged"})'
        for entry in listed(git(checkout, ['ls-files', '-v', '-z']))
        if entry[0] == 'S' or entry[0].islower()
    ]
    return sorted({*changed, *hidden})


def in_the_way(checkout: str, commit: str) -> list[str]:
    """Paths that Git does not track, and that the commit has. `git reset --hard` would overwrite them."""
    tracked = set(listed(git(checkout, ['ls-files', '-z'])))
    found = set()
    for path in listed(git(checkout, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit])):
        if path in tracked:
            continue
        parents = [path[:at] for at, letter in enumerate(path) if letter == '/']
        blocking = [each for each in parents if is_file(os.path.join(checkout, each)) and each not in tracked]
        place = os.path.join(checkout, path)
        if blocking:
            found.add(blocking[0])
        elif is_file(place):
            found.add(path)
        elif os.path.isdir(place) and any_untracked(checkout, path, tracked):
            found.add(path + '/')
    return sorted(found)


def is_file(path: str) -> bool:
    """Whether anything but a folder is there."""
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def any_untracked(checkout: str, folder: str, tracked: set[str]) -> bool:
    for place, _, names in os.walk(os.path.join(checkout, folder)):
        inside = os.path.relpath(place, checkout)
        if any(os.path.join(inside, name) not in tracked for name in names):
            return True
    return False


def set_aside(checkout: str, commit: str) -> str | None:
    """Before a rollback, which nothing may stop: keeps what the bad release has changed meanwhile.

    Returns a commit that `git stash apply` takes; None: no tracked file was changed. Files that Git does not track, and
    that the commit has, get another name.
    """
    for name in in_the_way(checkout, commit):
        path = os.path.join(checkout, name.rstrip('/'))
        os.rename(path, f'{path}.before-rollback-{os.getpid()}')
    if not local_changes(checkout):
        return None
    saved = git(checkout, ['stash', 'create', 'changed before a rollback'], filters_of(checkout)).strip()
    if saved:
        git(checkout, ['update-ref', 'refs/landfall-saved/' + saved, saved])
    return saved or None


def is_locked(checkout: str) -> bool:
    return any(os.path.lexists(os.path.join(checkout, '.git', name)) for name in LOCKS)


def unlock(checkout: str) -> None:
    for name in LOCKS:
        if os.path.lexists(os.path.join(checkout, '.git', name)):
            os.remove(os.path.join(checkout, '.git', name))


def move(checkout: str, commit: str, interrupted: bool) -> None:
    """`git reset --hard`, with files that are as readable as the checkout itself."""
    if interrupted:
        unlock(checkout)
    mode = stat.S_IMODE(os.stat(checkout).st_mode)
    os.umask(0o077 & ~mode)
    git(checkout, ['reset', '--hard', '--quiet', commit], filters_of(checkout))
    # Before the unit starts, and before the move is recorded.
    os.sync()


def receive(stdin: Any, size: int, sha256: str, into: str, checkout: str) -> None:
    """The pack as it arrives, checked, as objects of the checkout."""
    from landfall_host.archives import Source

    source = Source(stdin, size)
    with open(into, 'xb') as file:
        while True:
            block = source.read(1 << 18)
            if not block:
                break
            file.write(block)
    source.check(sha256)
    os.environ.update(ENVIRONMENT)
    # `run` gives no standard input of its own.
    words = ['sh', '-c', 'exec git -C "$1" index-pack --stdin <"$2" >/dev/null', 'sh', checkout, into]
    ended, out, err = run(words, LONGEST * 5)
    if ended:
        raise Refused('CommandFailed', f'`git index-pack` in {checkout} ended with {ended}.', err or out)


def keep(checkout: str, commit: str, kept: list[str]) -> None:
    """Holds the commits of the releases, so that Git's own tidying leaves them. Others are let go."""
    prefix = 'refs/landfall/'
    held = git(checkout, ['for-each-ref', '--format=%(refname)', prefix]).split()
    head = head_of(checkout)
    wanted = {prefix + each for each in [commit, *kept, *([head] if head else [])]}
    for name in set(held) - wanted:
        git(checkout, ['update-ref', '-d', name])
    for name in sorted(wanted - set(held)):
        each = name[len(prefix) :]
        if each in (commit, head) or git(checkout, ['cat-file', '-t', each], optional=True):
            git(checkout, ['update-ref', name, each])
    bound = os.path.join(checkout, '.git', 'shallow')
    if os.path.exists(bound):
        lacks_parents(checkout, commit, bound)


def lacks_parents(checkout: str, commit: str, bound: str) -> None:
    """A shallow checkout ends at this commit too, if the commits before it are not here."""
    raw = git(checkout, ['cat-file', '-p', commit]).split('\n\n', 1)[0]
    parents = re.findall(r'^parent ([0-9a-f]+)$', raw, re.M)
    if all(git(checkout, ['cat-file', '-t', each], optional=True) for each in parents):
        return
    with open(bound, 'a') as file:
        file.write(commit + '\n')
