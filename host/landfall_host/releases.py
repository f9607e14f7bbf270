"""Releases on this host: their records, which of them are in use, removing one."""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE
from landfall_host.files import is_directory, link, names_in, read_json, read_text, remove_file, write_json
from landfall_host.instances import remove_instance, running_instances
from landfall_host.protocol import Refused
from landfall_host.trash import throw_away
from landfall_host.unit import unit_state
from landfall_host.unit_texts import release_in


def verb_discard(host, ask, stdin):
    release, entry = ask['release'], read_json(record_path(host, ask['release']))
    if (
        entry is None
        or entry['run'] != ask['claim']['run']
        or release in in_use(host, host.state, unit_state(host)['release'])
    ):
        return {'removed': False}
    remove_release(host, release)
    return {'removed': True}


def records(host):
    """Every release that is whole, oldest first."""
    found = []
    for name in names_in(os.path.join(host.var, 'releases')):
        if re.fullmatch(RELEASE + r'\.json', name):
            found.append(read_json(os.path.join(host.var, 'releases', name)))
    return sorted(found, key=lambda entry: int(entry['id'].split('-')[0]))


def record_path(host, release):
    return os.path.join(host.var, 'releases', release + '.json')


def whole_release(host, release):
    entry = read_json(record_path(host, release))
    if entry is None or not is_directory(host.release(release)):
        raise Refused('InvalidInput', f'There is no release {release} on this host.')
    return entry


def public_record(entry):
    return {key: entry.get(key) for key in ('id', 'commit', 'content', 'created', 'good', 'before', 'venv')}


def kept_of_targets(host, live, known):
    """By release: what the controller kept with those that may be gone back to, which is as much as one answer has room for."""
    good = [entry for entry in known if entry['good']]
    wanted = {
        live,
        host.state['lastGood'],
        max(good, key=lambda entry: entry['good'])['id'] if good else None,
    }
    wanted |= {entry['before'] for entry in good if entry['id'] in wanted}
    return {entry['id']: entry['kept'] for entry in good if entry['id'] in wanted and entry.get('kept')}


def take_back_good(host):
    """Forgets that this deploy had marked a release good: it is rolled back all the same."""
    marked = host.state['marked']
    if not marked or marked['fence'] != host.state['fence']:
        return
    entry = read_json(record_path(host, marked['release']))
    if entry:
        taken = {'good': None, 'before': None} if marked['first'] else {}
        write_json(record_path(host, marked['release']), dict(entry, kept=marked.get('kept'), **taken))
    host.state.update(lastGood=marked['before'], marked=None)
    host.save()
    for name in ('current', 'last-good'):
        path = os.path.join(host.base, name)
        link(path, 'releases/' + marked['before']) if marked['before'] else remove_file(path)


def release_with(host, content, without=()):
    """The newest whole release with this content that is none of those."""
    for entry in reversed(records(host)):
        if (
            entry['content'] == content
            and entry['id'] not in without
            and is_directory(host.release(entry['id']))
        ):
            return entry['id']
    return None


def in_use(host, state, live_release):
    """Releases that nothing may remove: live, going to boot, or still finishing requests."""
    return {
        live_release,
        state['lastGood'],
        release_in(read_text(host.boots)),
        release_in(read_text(host.unproven)),
        *running_instances(host),
    } - {None}


def remove_release(host, release):
    """Its directory first: a record without a directory is mended by `repair`."""
    remove_instance(host, release)
    throw_away(host, host.release(release))
    remove_file(record_path(host, release))
