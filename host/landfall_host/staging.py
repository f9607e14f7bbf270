"""From a commit's archive to a release directory: complete or absent, never half."""

from __future__ import annotations

import os
import re
from itertools import count

from landfall_host.archives import receive_and_unpack, skip
from landfall_host.children import as_user
from landfall_host.contract import RELEASE
from landfall_host.files import names_in, now, sync_directory, write_json
from landfall_host.managed_env import newest_version, version_of
from landfall_host.protocol import Refused
from landfall_host.releases import in_use, record_path, records, release_with, whole_release
from landfall_host.shared_paths import aside_of, fill_shared, plain
from landfall_host.trash import throw_away
from landfall_host.unit import serving_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BufferedReader

    from landfall_host.contract_types import StageRequest, StageResult
    from landfall_host.state import Host

# Seconds. The controller waits as long for an archive to arrive and be unpacked. No other request waits meanwhile.
LONGEST = 15 * 60


def verb_stage(host: Host, ask: StageRequest, stdin: BufferedReader) -> StageResult:
    shared, folder = ask['shared'], ask.get('folder')
    paths = [plain(one) + '/' for one in shared]
    for at, one in enumerate(paths):
        if any(one.startswith(other) for index, other in enumerate(paths) if index != at):
            raise Refused('InvalidInput', f'The shared path {one} is named twice or lies in another one.')
    host.lock()
    host.check_claim(ask['claim'])
    without = in_use(host, host.state, serving_unit(host)[2]) if ask.get('alongside') else ()
    found = release_with(host, ask['content'], ask['claim']['run'], without)
    host.unlock()
    if found and ask['bytes']:
        skip(stdin, ask['bytes'])
    if found or not ask['bytes']:
        return staged(host, found, reused=found is not None, notes=[])
    partial = os.path.join(host.releases, f'.partial-{ask["claim"]["fence"]}-{os.getpid()}')
    try:
        as_user(
            host.deployer,
            receive_and_unpack,
            stdin,
            ask['bytes'],
            ask['sha256'],
            partial,
            folder or '',
            shared,
            host.shared,
            seconds=LONGEST,
            files=[stdin.fileno()],
        )
        notes = fill_shared(host, shared, partial)
        state = host.lock()
        host.check_claim(ask['claim'])
        found = release_with(host, ask['content'], ask['claim']['run'], without)
        if found:
            return staged(host, found, reused=True, notes=notes)
        # The records are root's. Anyone with the deploy key can make a directory, and must not use up the numbers.
        taken = {int(name.split('-')[0]) for name in names_in(host.releases) if re.fullmatch(RELEASE, name)}
        first = max([state['number']] + [int(entry['id'].split('-')[0]) for entry in records(host)]) + 1
        state['number'] = next(number for number in count(first) if number not in taken)
        host.save()
        release = f'{state["number"]}-{ask["commit"][:7]}'
        as_user(host.deployer, rename_whole, partial, host.release(release))
        write_json(
            record_path(host, release),
            {
                'id': release,
                'commit': ask['commit'],
                'content': ask['content'],
                'created': now(),
                'good': None,
                'venv': None,
                'run': ask['claim']['run'],
                'folder': folder,
                'built': not ask.get('builds'),
                # For its whole life, so that all its proofs are made with it.
                'env': newest_version(host),
            },
        )
        return staged(host, release, reused=False, notes=notes)
    finally:
        throw_away(host, partial)
        throw_away(host, aside_of(partial))


def staged(host: Host, release: str | None, reused: bool, notes: list[str]) -> StageResult:
    built = release is not None and whole_release(host, release).get('built', True)
    result: StageResult = {'release': release, 'reused': reused, 'built': built, 'notes': notes}
    number = version_of(host, release) if release else None
    if number is not None:
        result['environment'] = number
    return result


def rename_whole(partial: str, final: str) -> None:
    os.rename(partial, final)
    sync_directory(os.path.dirname(final))
