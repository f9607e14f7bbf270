"""The leftovers of an abandoned deploy: found (for `inspect`) and removed (for `repair`)."""

from __future__ import annotations

import os
import re
import time

from landfall_host.contract import RELEASE
from landfall_host.files import is_directory, link, names_in, read_text, remove_file
from landfall_host.instances import (
    ALIVE,
    in_force,
    instance_files,
    instances_in,
    instances_pattern,
    remove_instance,
)
from landfall_host.job_sweep import RUNNING, jobs_in, jobs_pattern, stop_job
from landfall_host.overdue import end_overdue, is_overdue
from landfall_host.process_files import boot_path, live_processes
from landfall_host.process_state import of_schedule, processes_now
from landfall_host.processes_target import boot_last_good_processes, boots_of_others
from landfall_host.releases import current_release, in_use, lead_current_to, record_path, records
from landfall_host.run import must_run
from landfall_host.sockets import sockets_left
from landfall_host.started import keep_started
from landfall_host.systemd import list_units
from landfall_host.trash import PREFIXES, throw_away
from landfall_host.unit import unit_state
from landfall_host.unit_files import boot_last_good, drop_unproven
from landfall_host.unit_texts import release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Callable

    from landfall_host.contract_types import RepairRequest, RepairResult, UnitState
    from landfall_host.state import Host


def verb_repair(host: Host, ask: RepairRequest, stdin: BinaryIO) -> RepairResult:
    repaired = []
    keep_started(host)
    for said, repair in leftovers(host, unit_state(host)):
        repair()
        repaired.append(said)
    return {'repaired': repaired}


def release_that_serves(host: Host, live: UnitState) -> str | None:
    """Also between two starts, while it has no process: systemd is about to start it again."""
    if live['release'] or live['active'] not in (*ALIVE, 'deactivating'):
        return live['release']
    return release_in(in_force(host))


def leftovers(host: Host, live: UnitState) -> list[tuple[str, Callable[[], object]]]:
    """The leftovers of an abandoned deploy, as (sentence, repair)."""
    state = host.state
    found: list[tuple[str, Callable[[], object]]] = []

    def leftover(said: str, action: Callable[..., object], *arguments: Any) -> None:
        found.append((said, lambda: action(*arguments)))

    serving = release_that_serves(host, live)
    listed = list_units([instances_pattern(host), jobs_pattern(host)])
    running = instances_in(host, listed)
    used = in_use(host, state, serving, running)
    known = {entry['id'] for entry in records(host)}
    for directory in (host.releases, host.venvs):
        for name in names_in(directory):
            path = os.path.join(directory, name)
            if name.startswith(PREFIXES):
                leftover(f'{path} is an unfinished directory', throw_away, host, path)
            elif (
                directory == host.releases
                and re.fullmatch(RELEASE, name)
                and name not in known
                and name not in used
            ):
                leftover(f'{path} has no record', throw_away, host, path)
    for release in sorted(known):
        if not is_directory(host.release(release)):
            leftover(
                f'release {release} is recorded, its directory is gone',
                remove_file,
                record_path(host, release),
            )
    boots = release_in(read_text(host.boots))
    if boots not in (None, state['lastGood']):
        # A `mark-good` was interrupted before it was recorded.
        leftover(f'{host.boots} boots release {boots}, which is not last good', boot_last_good, host, serving)
    current, last_good = (os.path.join(host.base, name) for name in ('current', 'last-good'))
    if current_release(host) not in (serving, state['lastGood']):
        # An instance that was only started alongside is not live.
        live_release = serving if serving == release_in(in_force(host)) else None
        leftover(f'{current} does not lead to the live release', lead_current_to, host, live_release)
    if state['lastGood']:
        target = f'releases/{state["lastGood"]}'
        if not os.path.islink(last_good) or os.readlink(last_good) != target:
            leftover(f'{last_good} does not lead to last good', link, last_good, target)
    for name in names_in(host.base):
        if re.fullmatch(r'(current|last-good)\.\d+\.new', name):
            leftover(
                f'{os.path.join(host.base, name)} is half a link',
                remove_file,
                os.path.join(host.base, name),
            )
    unproven = read_text(host.unproven)
    if unproven is not None and release_in(unproven) != serving:
        leftover(
            f'{host.unproven} is in force with release {release_in(unproven)}, which does not run',
            drop_unproven,
            host,
        )
    for path in sockets_left(host):
        leftover(f'{path} is not needed by the boot unit', remove_file, path)
    for release, active in running.items():
        # Last good is left alone here too: a switchover from it, or back to it, was interrupted.
        if release not in (serving, state['lastGood']) and active in ALIVE:
            leftover(
                f'release {release} runs alongside the live one',
                must_run,
                ['systemctl', 'stop', '--no-block', host.instance(release)],
            )
    for release in instance_files(host):
        if release not in known and release not in used:
            leftover(
                f'{host.instance(release)} is the unit of a release that is gone',
                remove_instance,
                host,
                release,
            )
    for release in boots_of_others(host):
        if state['lastGood']:
            leftover(
                f'{boot_path(host)} boots processes of release {release}, which is not last good',
                boot_last_good_processes,
                host,
            )
    wanted = live_processes(host)
    for process in processes_now(host):
        if process.is_alive and process.unit not in wanted and not of_schedule(host, process):
            leftover(
                f'{process.unit} runs and is not live',
                must_run,
                ['systemctl', 'stop', '--no-block', process.unit],
            )
        if is_overdue(process.shown, time.monotonic()):
            leftover(f'{process.unit} has not ended within its drain', end_overdue, [process.shown])
    for fence, unit, active in jobs_in(host, listed):
        if fence < state['fence'] and active in RUNNING:
            leftover(f'{unit} of an older deploy still runs', stop_job, host, unit)
    return found
