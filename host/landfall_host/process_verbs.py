"""The processes of a release besides its web server: started, made live, and told to finish."""

from __future__ import annotations

from landfall_host.overdue import end_overdue
from landfall_host.process_files import (
    live_processes,
    remove_process_files,
    target_in_force,
    target_name,
)
from landfall_host.process_start import ended_states, new_unit, start_missing, started_states
from landfall_host.process_state import draining, newest, processes_now, stored_processes
from landfall_host.processes_target import boot_last_good_processes, forget_target, want
from landfall_host.protocol import Refused
from landfall_host.releases import whole_release
from landfall_host.run import must_run
from landfall_host.starting import start_unit
from landfall_host.systemd import show
from landfall_host.unit_files import daemon_reload
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Iterable

    from landfall_host.contract_types import (
        FinishProcessesRequest,
        StartedProcess,
        StartProcessesRequest,
        StartProcessesResult,
        Stopped,
        SwitchProcessesRequest,
        SwitchProcessesResult,
    )
    from landfall_host.process_state import Process
    from landfall_host.shapes import StoredProcesses
    from landfall_host.state import Host


def verb_start_processes(host: Host, ask: StartProcessesRequest, stdin: BinaryIO) -> StartProcessesResult:
    """Starts processes next to those that run. Waits until each is up or has failed, or the time is over."""
    host.lock()
    host.check_claim(ask['claim'], live=True)
    release, names = ask['release'], ask['names']
    stored = stored_of(host, release, names)
    units = start_missing(host, ask['claim'], release, stored, names)
    host.unlock()
    states: dict[str, StartedProcess] = {}

    def is_decided() -> bool:
        nonlocal states
        states = started_states(host, ask['claim'], stored, units)
        return ended_states(states)

    wait_until(is_decided, ask['waitMilliseconds'] / 1000, pause=0.05, longest_pause=0.2)
    return {'processes': {name: states[name] for name in names if name in states}}


def stored_of(host: Host, release: str, names: Iterable[str]) -> StoredProcesses:
    whole_release(host, release)
    stored = stored_processes(host, release)
    missing = [name for name in names if stored is None or name not in stored['units']]
    if stored is None or missing:
        raise Refused(
            'InvalidInput', f'The release {release} has no process {", ".join(missing) or "at all"}.'
        )
    return stored


def verb_switch_processes(host: Host, ask: SwitchProcessesRequest, stdin: BinaryIO) -> SwitchProcessesResult:
    """Makes processes of a release the live ones, and tells all others of these names to finish."""
    release, names, now = ask['release'], ask['names'], processes_now(host)
    stored = stored_processes(host, release) if release else None
    wanted, written = (
        {unit for unit, name in live_processes(host).items() if name.process not in names},
        False,
    )
    for name in names:
        process = stored['units'].get(name) if stored else None
        if stored is None or process is None or release is None:
            continue
        if process['schedule'] is None:
            runs = newest([each for each in now if each.is_alive], release, name)
            if runs is None:
                raise Refused('CommandFailed', f'{name} of {release} does not run, so it cannot take over.')
            wanted.add(runs.unit)
        else:
            unit, is_new = scheduled_unit(host, now, release, name, stored)
            written = written or is_new
            wanted.add(unit[: -len('.service')] + '.timer')
    target, changed = target_name(host), want(host, wanted)
    if release and release == host.state['lastGood']:
        changed = boot_last_good_processes(host) or changed
    if changed or written or show(target, 'NeedDaemonReload').get('NeedDaemonReload') == 'yes':
        daemon_reload()
    if wanted:
        start_unit(host, 'start', target, *sorted(unit for unit in wanted if unit.endswith('.timer')))
    return {'draining': draining(tell_to_finish(host, names, wanted))}


def scheduled_unit(
    host: Host, now: list[Process], release: str, name: str, stored: StoredProcesses
) -> tuple[str, bool]:
    """(the unit of a scheduled process, whether it was written now)."""
    live = live_processes(host)
    for unit, known in live.items():
        if (known.release, known.process) == (release, name):
            return unit[: -len('.timer')] + '.service', False
    return new_unit(host, release, name, stored, now), True


def tell_to_finish(host: Host, names: Iterable[str], keep: Iterable[str]) -> list[Process]:
    """Stops all units of these processes, apart from `keep`, without waiting. Returns those that are there then.

    systemd sends the signal once, however often it is told. A run of a schedule that is under way ends by itself.
    """
    now = [each for each in processes_now(host) if each.name.process in names and each.unit not in keep]
    timers = {each.unit[: -len('.timer')] + '.service' for each in now if each.name.kind == 'timer'}
    ends = [each.unit for each in now if each.is_alive and each.unit not in timers]
    if ends:
        must_run(['systemctl', 'stop', '--no-block', *ends])
    end_overdue(each.shown for each in now)
    return [each for each in processes_now(host) if each.name.process in names and each.unit not in keep]


def verb_finish_processes(host: Host, ask: FinishProcessesRequest, stdin: BinaryIO) -> Stopped:
    """Tells all processes of these names to finish, and waits until none of them runs."""
    host.lock()
    host.check_claim(ask['claim'], live=True)
    names = ask['names']
    if want(host, (unit for unit, name in live_processes(host).items() if name.process not in names)):
        daemon_reload()
    tell_to_finish(host, names, ())
    host.unlock()

    def all_ended() -> bool:
        now = [each for each in processes_now(host) if each.name.process in names]
        end_overdue(each.shown for each in now)
        return not any(each.is_alive or each.is_finishing for each in now)

    return {'stopped': wait_until(all_ended, ask['waitMilliseconds'] / 1000, pause=0.1)}


def end_processes(host: Host) -> None:
    """Tells every process of the service to finish, and makes none of them live: the service stops."""
    if stop_processes(host):
        forget_target(host)
        daemon_reload()


def stop_processes(host: Host) -> bool:
    """The same until the next boot, or the next start of the target. Returns whether there is any process."""
    now = processes_now(host)
    ends = [each.unit for each in now if each.is_alive]
    if ends:
        # Before the first switch there is no target, and systemd fails for a unit that it does not know.
        target = [] if target_in_force(host) is None else [target_name(host)]
        must_run(['systemctl', 'stop', '--no-block', *target, *ends])
    return bool(now)


def forget_processes(host: Host) -> None:
    """Removes the files of earlier starts: those that neither run nor are live."""
    live = set(live_processes(host))
    live |= {unit[: -len('.timer')] + '.service' for unit in live if unit.endswith('.timer')}
    gone = [
        each.unit
        for each in processes_now(host)
        if each.unit not in live and not each.is_alive and not each.is_finishing
    ]
    remove_process_files(gone)
    if gone:
        daemon_reload()
