"""Releases on this host: their records, which of them are in use, removing one."""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE, TYPES
from landfall_host.dependents import processes_in_releases
from landfall_host.files import is_directory, link, names_in, read_json, read_text, remove_file, write_json
from landfall_host.instances import remove_instance, running_instances
from landfall_host.managed_env import newest_version
from landfall_host.process_files import (
    process_files,
    remove_process_files,
    unmark_target,
    working_releases,
)
from landfall_host.protocol import Refused
from landfall_host.trash import throw_away
from landfall_host.unit import serving_unit
from landfall_host.unit_texts import release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Iterable

    from landfall_host.contract_types import DiscardRequest, DiscardResult, Kept, ReleaseRecord
    from landfall_host.shapes import State, StoredRelease
    from landfall_host.state import Host


def verb_discard(host: Host, ask: DiscardRequest, stdin: BinaryIO) -> DiscardResult:
    release, entry = ask['release'], read_json(record_path(host, ask['release']))
    if (
        entry is None
        or entry['run'] != ask['claim']['run']
        or release in in_use(host, host.state, serving_unit(host)[2])
    ):
        return {'removed': False}
    remove_release(host, release)
    return {'removed': True}


def records(host: Host) -> list[StoredRelease]:
    """Every release that is whole, oldest first."""
    found = []
    for name in names_in(os.path.join(host.var, 'releases')):
        if re.fullmatch(RELEASE + r'\.json', name):
            found.append(read_json(os.path.join(host.var, 'releases', name)))
    return sorted(found, key=lambda entry: int(entry['id'].split('-')[0]))


def record_path(host: Host, release: str) -> str:
    return os.path.join(host.var, 'releases', release + '.json')


def whole_release(host: Host, release: str) -> StoredRelease:
    entry: StoredRelease | None = read_json(record_path(host, release))
    if entry is None or not is_directory(host.release(release)):
        raise Refused('InvalidInput', f'There is no release {release} on this host.')
    return entry


def environments_of(entry: StoredRelease) -> set[str]:
    """Everything that this release imports from, or was built with."""
    linked = [entry['venv']] if entry['venv'] else []
    return {*linked, *entry.get('environments', ())}


def close_release(host: Host, release: str) -> None:
    """From now on nothing writes into it any more: its code is about to run."""
    entry = whole_release(host, release)
    if not entry.get('completed'):
        write_json(record_path(host, release), {**entry, 'completed': True})


def check_open(host: Host, release: str) -> None:
    """Refuses to change a release that may have run, whatever the request says."""
    entry = whole_release(host, release)
    if entry.get('completed') or entry['good'] or release in in_use(host, host.state, serving_unit(host)[2]):
        raise Refused(
            'InvalidInput', f'The release {release} is complete, so nothing may be built in it any more.'
        )


def public_record(entry: StoredRelease) -> ReleaseRecord:
    public: Any = {name: entry.get(name) for name in TYPES['releaseRecord']['fields']}
    record: ReleaseRecord = public
    return record


def kept_of_targets(host: Host, live: str | None, known: list[StoredRelease]) -> dict[str, Kept]:
    """The kept settings of the rollback targets, by release. One answer does not have room for more."""
    good = [entry for entry in known if entry['good']]
    newest = max(good, key=lambda entry: entry['good'] or '')['id'] if good else None
    wanted = {live, host.state['lastGood'], newest}
    wanted |= {entry['before'] for entry in good if entry['id'] in wanted}
    kept = {entry['id']: entry.get('kept') for entry in good if entry['id'] in wanted}
    return {release: settings for release, settings in kept.items() if settings}


def undo_mark_good(host: Host) -> None:
    """Forgets that this deploy had marked a release good: it is rolled back all the same."""
    marked = host.state['marked']
    if not marked or marked['fence'] != host.state['fence']:
        return
    entry = read_json(record_path(host, marked['release']))
    if entry:
        taken = {'good': None, 'before': None} if marked['first'] else {}
        write_json(record_path(host, marked['release']), {**entry, 'kept': marked.get('kept'), **taken})
    if 'target' in marked:
        unmark_target(host, marked['target'])
    host.state['lastGood'], host.state['marked'] = marked['before'], None
    moved = marked.get('checkout')
    if moved:
        from landfall_host.checkout_boot import keep_guard

        keep_guard(host, moved['checkout'])
        host.state['checkout'] = moved
    host.save()
    for name in ('current', 'last-good'):
        path = os.path.join(host.base, name)
        link(path, 'releases/' + marked['before']) if marked['before'] else remove_file(path)


def lead_current_to(host: Host, release: str | None) -> None:
    """Points `current` at the release that serves. None: at last good, or it goes."""
    release, path = release or host.state['lastGood'], current_path(host)
    if release is None:
        remove_file(path)
    elif release != current_release(host):
        link(path, 'releases/' + release)


def current_path(host: Host) -> str:
    """The link to the release that serves. A process can read it to know whether its own release does."""
    return os.path.join(host.base, 'current')


def current_release(host: Host) -> str | None:
    """The release that `current` leads to; None where it leads elsewhere, or is not a link."""
    path = current_path(host)
    target = os.readlink(path) if os.path.islink(path) else ''
    match = re.fullmatch('releases/(' + RELEASE + ')', target)
    return match.group(1) if match else None


def release_with(host: Host, content: str, run: str, without: Iterable[str | None] = ()) -> str | None:
    """The newest whole release with this content, and the newest version of the managed environment.

    Apart from those in `without`, and from half builds of other runs.
    """
    env = newest_version(host)
    for entry in reversed(records(host)):
        if (
            entry['content'] == content
            and entry.get('env') == env
            and entry['id'] not in without
            and (entry.get('built', True) or entry['run'] == run)
            and is_directory(host.release(entry['id']))
        ):
            return entry['id']
    return None


def in_use(
    host: Host, state: State, live_release: str | None, running: Iterable[str] | None = None
) -> set[str | None]:
    """Releases that nothing may remove: live, going to boot, still finishing requests, or a process's directory.

    `running`: the running instances, where they are known.
    """
    return {
        live_release,
        state['lastGood'],
        release_in(read_text(host.boots)),
        release_in(read_text(host.unproven)),
        current_release(host),
        *working_releases(host),
        *processes_in_releases(host).values(),
        *(running_instances(host) if running is None else running),
    } - {None}


def remove_release(host: Host, release: str) -> None:
    """Removes the directory first: `repair` removes a record without a directory."""
    remove_instance(host, release)
    remove_process_files(unit for unit, name in process_files(host).items() if name.release == release)
    throw_away(host, host.release(release))
    remove_file(record_path(host, release))
