"""The facts about the checkout that a service runs from, and whether Landfall may move it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat

from landfall_host.accounts import account
from landfall_host.checkout_git import MOST_NAMES, UNDER_WAY, git, head_of, local_changes
from landfall_host.children import as_user
from landfall_host.dependents import units_within
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import CheckoutFacts, HostFactsMoved
    from landfall_host.state import Host

# Seconds, of an answer for which the controller waits half a minute.
LOOK_SECONDS = 12


def look_at_checkout(host: Host, checkout: str) -> CheckoutFacts:
    """Changes nothing."""
    try:
        found: CheckoutFacts = as_user(
            host.deployer, look, checkout, host.deployer, host.user, seconds=LOOK_SECONDS
        )
        if found['problem'] is None and not as_user(host.user, may_enter, checkout):
            return refused(
                f'{host.user}, the user that the service runs as, cannot read {checkout}.',
                f'Let that user in, as root: chmod o+rx {checkout}. Or add it to the group of the folder: '
                f'usermod -aG GROUP {host.user}.',
            )
    except Refused as why:
        return refused(why.message, (why.output or '').strip()[:500] or f'Look at {checkout} there.')
    return {**found, 'units': units_within(host, checkout)}


def moved_facts(host: Host) -> HostFactsMoved | None:
    """The checkout that a deploy has moved and that has not ended."""
    moved = host.state.get('checkout')
    return None if moved is None else {'checkout': moved['checkout'], 'from': moved['commit']}


def refused(problem: str, advice: str, head: str | None = None) -> CheckoutFacts:
    return {'head': head, 'changes': [], 'units': [], 'problem': problem, 'advice': advice}


def may_enter(checkout: str) -> bool:
    return os.access(checkout, os.R_OK | os.X_OK)


def look(checkout: str, deployer: str, user: str) -> CheckoutFacts:
    """As the deploying user."""
    if not shutil.which('git'):
        return refused('Git is missing on this host.', 'Install its package as root: apt install git')
    folder = os.path.join(checkout, '.git')
    if not os.path.isdir(checkout) or not os.path.lexists(folder):
        return refused(
            f'{checkout} is not a Git checkout, or {deployer} cannot read it.',
            '`checkout` in landfall.yaml names the folder with .git in it. Without one, write layout: releases.',
        )
    if os.path.realpath(checkout) != checkout:
        return refused(
            f'{checkout} is a link.', f'Write checkout: {os.path.realpath(checkout)} in landfall.yaml.'
        )
    if os.path.islink(folder) or not os.path.isdir(folder):
        return refused(
            f'{folder} is not a folder: {checkout} is a worktree or a submodule of another checkout.',
            'Make a clone of its own there, or write layout: releases in landfall.yaml.',
        )
    foreign = foreign_owner(checkout, deployer)
    if foreign is not None:
        return owned(checkout, deployer, user, *foreign)
    if git(checkout, ['rev-parse', '--show-toplevel'], optional=True).rstrip('\n') != checkout:
        return refused(
            f'Git does not take {checkout} for the top of a checkout.',
            f'Look there: git -C {checkout} status',
        )
    head = head_of(checkout)
    if head is None:
        return refused(f'{checkout} has no commit yet.', f'Look there: git -C {checkout} log')
    for name, words in UNDER_WAY.items():
        if os.path.lexists(os.path.join(folder, name)):
            return refused(
                f'{words} is under way in {checkout}.', f'End it there: git -C {checkout} status', head
            )
    changes = local_changes(checkout)
    more = len(changes) - MOST_NAMES
    shown = changes[:MOST_NAMES] + ([f'and {more} more'] if more > 0 else [])
    return {'head': head, 'changes': shown, 'units': [], 'problem': None, 'advice': None}


def foreign_owner(checkout: str, deployer: str) -> tuple[str, int] | None:
    """(path, owner) of the first place that the deploying user could not change; None: there is none."""
    me = account(deployer).pw_uid
    folder = os.path.join(checkout, '.git')
    for path in (checkout, folder, os.path.join(folder, 'config')):
        owner = os.lstat(path).st_uid
        if owner != me:
            return path, owner
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(place, name))]
        # Git appends to its logs, and replaces all other files.
        appended = [os.path.join(place, name) for name in files] if place.startswith(folder + '/logs') else []
        for path in (place, *appended):
            if not os.access(path, os.W_OK):
                return path, os.lstat(path).st_uid
    tracked = git(checkout, ['ls-files', '-z']).split('\0')
    for name in sorted({os.path.dirname(path) for path in tracked if '/' in path}):
        place = os.path.join(checkout, name)
        if stat.S_ISDIR(mode_of(place)) and not os.access(place, os.W_OK | os.X_OK):
            return place, os.lstat(place).st_uid
    return None


def mode_of(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def owned(checkout: str, deployer: str, user: str, path: str, owner: int) -> CheckoutFacts:
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = str(owner)
    problem = f'{path} belongs to {name}; {deployer}, who moves the checkout, cannot change it.'
    if name == deployer:
        return refused(f'{deployer} may not write in {path}.', f'As root: chmod u+rwX {path}')
    if name == user:
        return refused(
            problem,
            f'As root: chown -R --no-dereference {deployer} {checkout}. Then give {user} back the folders and '
            'files that the service writes (uploads, a database).',
        )
    return refused(
        problem,
        f'As root: chown -R --no-dereference --from={name} {deployer} {checkout}. Files of {user} stay its own.',
    )
