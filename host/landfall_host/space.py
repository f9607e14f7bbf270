"""Space for a new release or environment: old releases go before a deploy is refused.

`keepReleases` says how many a host keeps where there is space. A full disk would refuse a hotfix.
"""

from __future__ import annotations

import os
import time

from landfall_host.children import as_user
from landfall_host.files import names_in
from landfall_host.protocol import Refused
from landfall_host.releases import (
    environments_of,
    in_use,
    records,
    remove_release,
)
from landfall_host.room import Room
from landfall_host.trash import PREFIXES, throw_away
from landfall_host.unit import serving_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Iterable

    from landfall_host.contract_types import MakeSpaceRequest, MakeSpaceResult, Space
    from landfall_host.shapes import StoredRelease
    from landfall_host.state import Host

# Bytes and inodes. With more free, `inspect` does not spend the time to measure old releases.
PLENTY = 2 << 30, 100_000
# Seconds for one look at trees, under the lock.
LONGEST = 2


def verb_make_space(host: Host, ask: MakeSpaceRequest, stdin: BinaryIO) -> MakeSpaceResult:
    """Removes at most one release: a request must not last. The controller asks until `again` is false."""
    room, entries = Room(host.releases), records(host)
    need, inodes = ask['bytes'], ask['inodes']
    if ask['environment']:
        last_good = [entry for entry in entries if entry['id'] == host.state['lastGood']]
        like = measured(host, environment_paths(host, last_good))
        need, inodes = need + like['bytes'], inodes + like['inodes']
    result: MakeSpaceResult = {
        'fits': room.has(need, inodes),
        'again': False,
        'freeBytes': room.free,
        'neededBytes': need + room.reserve,
        'removed': None,
        'removedBytes': 0,
        'staying': {'releases': 0, 'bytes': 0, 'inodes': 0},
    }
    if result['fits']:
        return result
    # Trees that an earlier request moved aside and had no time for.
    host.trash += moved_aside(host)
    left = measured(host, host.trash)
    need, inodes = need - left['bytes'], inodes - left['inodes']
    ours = [entry['id'] for entry in entries if entry['run'] == ask['claim']['run']]
    spare = spare_releases(host, entries, {ask.get('release'), *ours})
    staying = [entry for entry in entries if entry not in spare]
    could_free = measured(host, own_paths(host, spare, staying))
    # Releases that may go do not go for nothing.
    helps = room.has(need - could_free['bytes'], inodes - could_free['inodes'])
    if helps and not room.has(need, inodes):
        removed = spare[0]['id']
        result['removedBytes'] = measured(host, own_paths(host, spare[:1], [*spare[1:], *staying]))['bytes']
        remove_release(host, removed)
        remove_unused_environments(host, [entry for entry in entries if entry['id'] != removed])
        result['removed'] = removed
    result['again'] = bool(host.trash)
    result['staying'] = {
        **measured(host, own_paths(host, staying, [])),
        'releases': len([entry for entry in staying if entry['id'] not in ours]),
    }
    return result


def spare_space(host: Host, live: str | None) -> Space | None:
    """The old releases that `make-space` could remove; None where so much is free that none has to go."""
    room = Room(host.releases)
    if room.has(*PLENTY):
        return None
    entries = records(host)
    spare = spare_releases(host, entries, {live})
    staying = [entry for entry in entries if entry not in spare]
    return {**measured(host, own_paths(host, spare, staying)), 'releases': len(spare)}


def spare_releases(
    host: Host, entries: list[StoredRelease], more: Iterable[str | None] = ()
) -> list[StoredRelease]:
    """The releases that may go, the first to go first: those that were never good, then the oldest.

    Neither those in use, nor the rollback targets of what is live and last good, nor `more`.
    """
    needed = {*in_use(host, host.state, serving_unit(host)[2]), *more}
    needed |= {entry['before'] for entry in entries if entry['good'] and entry['id'] in needed}
    return sorted(
        (entry for entry in entries if entry['id'] not in needed), key=lambda entry: bool(entry['good'])
    )


def own_paths(host: Host, entries: list[StoredRelease], others: list[StoredRelease]) -> list[str]:
    """The directories of these releases, and the environments that no other release needs."""
    shared = set(environment_paths(host, others))
    mine = [path for path in environment_paths(host, entries) if path not in shared]
    return [host.release(entry['id']) for entry in entries] + mine


def environment_paths(host: Host, entries: list[StoredRelease]) -> list[str]:
    return sorted({os.path.join(host.venvs, name) for entry in entries for name in environments_of(entry)})


def remove_unused_environments(host: Host, entries: list[StoredRelease]) -> list[str]:
    """Removes the environments that none of these releases needs. Returns their names."""
    needed = {os.path.basename(path) for path in environment_paths(host, entries)}
    removed = [name for name in names_in(host.venvs) if name not in needed]
    for name in removed:
        throw_away(host, os.path.join(host.venvs, name))
    return removed


def moved_aside(host: Host) -> list[str]:
    return [
        os.path.join(directory, name)
        for directory in (host.releases, host.venvs)
        for name in names_in(directory)
        if name.startswith(PREFIXES)
    ]


def measured(host: Host, paths: list[str]) -> Space:
    """The size of these trees, or of the part that was counted in time."""
    found = {'bytes': 0, 'inodes': 0}
    try:
        found = as_user(host.deployer, measure, paths) if paths else found
    except (OSError, Refused):
        pass
    return {'releases': 0, 'bytes': found['bytes'], 'inodes': found['inodes']}


def measure(paths: list[str]) -> dict[str, int]:
    """As the deploying user. Links are counted and not followed."""
    size, inodes, until = 0, 0, time.monotonic() + LONGEST
    for top in paths:
        for directory, folders, files in os.walk(top):
            if time.monotonic() > until:
                break
            for name in (*folders, *files):
                try:
                    size += os.lstat(os.path.join(directory, name)).st_blocks * 512
                except OSError:
                    continue
                inodes += 1
    return {'bytes': size, 'inodes': inodes}
