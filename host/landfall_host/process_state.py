"""The processes of a service's releases at this moment."""

from __future__ import annotations

import os
import time

from landfall_host.files import read_json
from landfall_host.instances import ALIVE
from landfall_host.overdue import END_PROPERTIES, seconds_in
from landfall_host.process_files import live_processes, name_in, process_files
from landfall_host.systemd import number, show_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.contract_types import DrainingProcess, HostFactsProcesses, ProcessState
    from landfall_host.process_files import Name
    from landfall_host.shapes import Properties, StoredProcesses
    from landfall_host.state import Host

PROPERTIES = (
    'Job',
    'LoadState',
    'SubState',
    'Result',
    'ExecMainStatus',
    'MainPID',
    'InvocationID',
    'NRestarts',
    'ActiveEnterTimestampMonotonic',
    'NeedDaemonReload',
    *END_PROPERTIES,
)


class Process:
    """One unit of a process, as systemd has told."""

    def __init__(self, name: Name, shown: Properties) -> None:
        self.name, self.shown, self.unit = name, shown, shown['Id']
        self.active = shown.get('ActiveState', 'unknown')
        # systemd was asked to start it, and has not begun yet.
        if self.active == 'inactive' and shown.get('Job', '0') not in ('', '0'):
            self.active = 'activating'

    @property
    def is_alive(self) -> bool:
        return self.active in ALIVE

    @property
    def is_finishing(self) -> bool:
        return self.active == 'deactivating'


def processes_now(host: Host) -> list[Process]:
    """Every unit of a process that is there, of every release; the newest start last. Free where there is none."""
    units = sorted(process_files(host))
    shown = show_all(units, PROPERTIES) if units else []
    found = [Process(name, unit) for unit in shown for name in [name_in(host, unit.get('Id', ''))] if name]
    return sorted(found, key=lambda process: process.name.number)


def stored_processes(host: Host, release: str) -> StoredProcesses | None:
    """How the processes of a release run; None: it has none."""
    entry = read_json(os.path.join(host.var, 'releases', release + '.json')) or {}
    stored: StoredProcesses | None = entry.get('processes')
    return stored if stored and stored['units'] else None


def is_alive(process: Process) -> bool:
    return process.is_alive


def newest(processes: Iterable[Process], release: str, process: str) -> Process | None:
    """The newest start of a process of a release."""
    of = [each for each in processes if (each.name.release, each.name.process) == (release, process)]
    services = [each for each in of if each.name.kind == 'service']
    return services[-1] if services else None


def states_of(host: Host, release: str | None) -> dict[str, ProcessState]:
    """The long-running processes of a release: the live ones, else those that run before they are live."""
    stored = stored_processes(host, release) if release and process_files(host) else None
    if not stored or release is None:
        return {}
    now, live = processes_now(host), live_processes(host)
    states = {}
    for process, unit in stored['units'].items():
        # A process that has ended and is not live any more, such as a moved singleton, is not missed.
        wanted = [each for each in now if each.unit in live]
        found = newest(wanted, release, process) or newest(filter(is_alive, now), release, process)
        if unit['schedule'] is None and found:
            states[process] = state_of(found)
    return states


def state_of(process: Process) -> ProcessState:
    shown = process.shown
    return {
        'unit': process.unit,
        'active': process.active,
        'result': shown.get('Result', 'unknown'),
        'exitStatus': number(shown.get('ExecMainStatus')),
        'mainPid': number(shown.get('MainPID')),
        'invocation': shown.get('InvocationID', ''),
        'restarts': number(shown.get('NRestarts')),
    }


def facts_of_processes(host: Host) -> list[HostFactsProcesses]:
    """Those that run or finish. A scheduled process counts while its timer waits, or a run is under way."""
    return [
        {
            'process': each.name.process,
            'release': each.name.release,
            'unit': each.unit,
            'active': each.active,
            'until': until(each) if each.is_finishing else None,
        }
        for each in processes_now(host)
        if each.is_alive or each.is_finishing
    ]


def draining(processes: Iterable[Process]) -> list[DrainingProcess]:
    return [
        {
            'process': each.name.process,
            'release': each.name.release,
            'unit': each.unit,
            'until': until(each),
        }
        for each in processes
        if each.is_finishing
    ]


def until(process: Process) -> str:
    """When systemd ends it at the latest. For people: the clock of the host may be wrong."""
    since = number(process.shown.get('StateChangeTimestampMonotonic')) or 0
    left = since / 1e6 + (seconds_in(process.shown.get('TimeoutStopUSec', '')) or 0) - time.monotonic()
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + max(0.0, left)))


def of_schedule(host: Host, process: Process) -> bool:
    """Whether this is a run of a schedule, or its timer of an earlier release: such a run ends by itself."""
    stored = stored_processes(host, process.name.release)
    values = stored['units'].get(process.name.process) if stored else None
    return process.name.kind == 'service' and values is not None and values['schedule'] is not None


def start_of(host: Host, release: str | None, process: str, invocation: str | None) -> tuple[str, str]:
    """(unit, invocation id) of the start of a process: this one, else the newest of the release. Empty: none."""
    of = [
        each for each in processes_now(host) if each.name.process == process and each.name.kind == 'service'
    ]
    this = [each for each in of if each.shown.get('InvocationID') == invocation] if invocation else []
    found = this or [each for each in of if each.name.release == release]
    return (found[-1].unit, found[-1].shown.get('InvocationID', '')) if found else ('', '')
