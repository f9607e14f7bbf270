"""Layout `in-place`: the service runs from a Git checkout, which moves from commit to commit.

A release is prepared and proven in its own directory, with its own environment. Only then does the checkout move, while
the service is stopped. The commit to go back to is recorded before, so that whoever comes later knows of the move.
"""

from __future__ import annotations

import os
import re

from landfall_host.archives import skip
from landfall_host.checkout_boot import drop_guard, keep_guard
from landfall_host.checkout_git import (
    MOST_NAMES,
    has_commit,
    head_of,
    in_the_way,
    is_locked,
    keep,
    local_changes,
    move,
    receive,
    set_aside,
)
from landfall_host.checkout_links import link_untracked
from landfall_host.checkout_look import look_at_checkout
from landfall_host.children import as_user
from landfall_host.files import read_json
from landfall_host.machine import boot_id
from landfall_host.making_room import make_room
from landfall_host.protocol import Refused
from landfall_host.releases import records, whole_release
from landfall_host.trash import throw_away
from landfall_host.unit_files import backup_path
from landfall_host.unit_texts import release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedReader
    from typing import Any, BinaryIO

    from landfall_host.contract_types import (
        MoveCheckoutRequest,
        MoveCheckoutResult,
        SendCommitRequest,
        SendCommitResult,
    )
    from landfall_host.shapes import StoredRelease
    from landfall_host.state import Host

# Seconds. Longer than any request waits for the lock: other requests are `Busy` meanwhile, and try again.
MOVE_SECONDS = 90
# The controller waits as long for a pack to arrive.
LONGEST = 15 * 60


def verb_send_commit(host: Host, ask: SendCommitRequest, stdin: BufferedReader) -> SendCommitResult:
    host.lock()
    host.check_claim(ask['claim'])
    entry, checkout = whole_release(host, ask['release']), ask['checkout']
    kept = [each['commit'] for each in records(host)]
    host.unlock()
    check_movable(host, checkout)
    folder = os.path.join(host.releases, f'.partial-{ask["claim"]["fence"]}-{os.getpid()}')
    try:
        found: dict[str, Any] = as_user(
            host.deployer,
            bring_commit,
            stdin,
            ask['bytes'],
            ask['sha256'],
            folder,
            checkout,
            entry['commit'],
            kept,
            seconds=LONGEST,
            files=[stdin.fileno()],
        )
    finally:
        throw_away(host, folder)
    linked = (
        as_user(host.deployer, link_untracked, *linked_places(host, entry, ask)) if found['present'] else 0
    )
    shallow = os.path.join(checkout, '.git', 'shallow')
    return {
        'present': found['present'],
        'head': found['head'],
        'ours': found['head'] in kept,
        'shallow': as_user(host.deployer, os.path.exists, shallow),
        'inTheWay': found['inTheWay'],
        'linked': linked,
    }


def linked_places(host: Host, entry: StoredRelease, ask: SendCommitRequest) -> tuple[str, str]:
    """The folder of the checkout that the release's directory has, and that directory."""
    return ask['checkout'] if entry.get('folder') else ask['directory'], host.release(ask['release'])


def bring_commit(
    stdin: BufferedReader, size: int, sha256: str, folder: str, checkout: str, commit: str, kept: list[str]
) -> dict[str, Any]:
    """As the deploying user."""
    if has_commit(checkout, commit):
        skip(stdin, size)
    elif size:
        os.mkdir(folder)
        receive(stdin, size, sha256, os.path.join(folder, 'pack'), checkout)
    present = has_commit(checkout, commit)
    if present:
        keep(checkout, commit, kept)
    blocked = in_the_way(checkout, commit) if present else []
    more = len(blocked) - MOST_NAMES
    shown = blocked[:MOST_NAMES] + ([f'and {more} more'] if more > 0 else [])
    return {'present': present, 'head': head_of(checkout), 'inTheWay': shown}


def check_movable(host: Host, checkout: str) -> None:
    found = look_at_checkout(host, checkout)
    if found['problem'] is not None:
        raise Refused('InvalidInput', f'{found["problem"]} {found["advice"]}')


def verb_move_checkout(host: Host, ask: MoveCheckoutRequest, stdin: BinaryIO) -> MoveCheckoutResult:
    moved, release = host.state.get('checkout'), ask['release']
    checkout, commit = ask['checkout'], whole_release(host, release)['commit'] if release else ''
    if moved and release is None:
        checkout, commit = moved['checkout'], moved['commit']
    if not commit:
        return {'stopped': True, 'at': None, 'saved': None}
    if not make_room(host, None, 5):
        return {'stopped': False, 'at': None, 'saved': None}
    interrupted = bool(moved and moved['moving'])
    saved: str | None = None
    if release is None and not interrupted:
        saved = as_user(host.deployer, set_aside, checkout, commit, seconds=MOVE_SECONDS)
    elif not interrupted:
        as_user(host.deployer, check_nothing_is_lost, checkout, commit, seconds=MOVE_SECONDS)
    if moved is None or moved['checkout'] != checkout:
        before = commit_of(host, ask['back'], checkout)
        moved = {'checkout': checkout, 'commit': before, 'moving': False, 'release': release, 'boot': ''}
    moved = {**moved, 'release': release or moved['release'], 'boot': boot_id()}
    keep_guard(host, checkout)
    host.state['checkout'] = {**moved, 'moving': True}
    host.save()
    as_user(host.deployer, move, checkout, commit, interrupted, seconds=MOVE_SECONDS)
    host.state['checkout'] = None if release is None else {**moved, 'moving': False}
    host.save()
    drop_guard(host)
    return {'stopped': True, 'at': commit, 'saved': saved}


def commit_of(host: Host, release: str | None, checkout: str) -> str:
    """The commit at which the rollback target serves: recorded of a release, whatever a person has done there since."""
    before = read_json(backup_path(host, host.state['fence'])) or {}
    for text in (before.get('unproven'), before.get('boots')):
        if release and release_in(text) == release and runs_in(text, checkout):
            return whole_release(host, release)['commit']
    head: str | None = as_user(host.deployer, head_of, checkout)
    if head is None:
        raise Refused('InvalidInput', f'{checkout} has no commit to go back to.')
    return head


def runs_in(text: str | None, checkout: str) -> bool:
    """Whether a unit of Landfall starts in that checkout, and not in a release."""
    return re.search(rf'--chdir={re.escape(checkout)}(?=[/"\s]|$)', text or '') is not None


def check_nothing_is_lost(checkout: str, commit: str) -> None:
    """As the deploying user, right before the move: the preparation may have been an hour ago."""
    if is_locked(checkout):
        raise Refused('CommandFailed', f'Another Git works in {checkout}: it has locked the index.')
    changes, blocked = local_changes(checkout), in_the_way(checkout, commit)
    if changes:
        raise Refused(
            'CommandFailed',
            f'{checkout} has local changes by now, and is not moved: {", ".join(changes[:MOST_NAMES])}.',
        )
    if blocked:
        raise Refused(
            'CommandFailed',
            f'{checkout} has files by now that the commit would overwrite, and is not moved: '
            f'{", ".join(blocked[:MOST_NAMES])}.',
        )
