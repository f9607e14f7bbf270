"""The service's unit at this moment: systemd's words, its processes, and who listens on its address."""

from __future__ import annotations

import os

from landfall_host.instances import ALIVE, in_force, release_of_instance
from landfall_host.listeners import listener_of
from landfall_host.overdue import END_PROPERTIES, end_overdue
from landfall_host.process_files import process_files
from landfall_host.processes import children_of
from landfall_host.started import release_started
from landfall_host.systemd import foreign, number, show_all
from landfall_host.unit_texts import is_alias, release_in
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Iterable

    from landfall_host.contract_types import Address, GateResult, ObserveRequest, UnitState
    from landfall_host.shapes import Properties
    from landfall_host.state import Host


def verb_observe(host: Host, ask: ObserveRequest, stdin: BinaryIO) -> UnitState:
    """With `waitMilliseconds`, answers as soon as the present main process has ended, or after that time."""
    release, wait = ask.get('release'), ask.get('waitMilliseconds')
    state = unit_state(host, ask['address'], release)
    if wait and state['mainPid']:
        process = f'/proc/{state["mainPid"]}'
        wait_until(lambda: not os.path.exists(process), wait / 1000, pause=0.1)
        state = unit_state(host, ask['address'], release)
    return with_processes(host, state, release)


def with_processes(host: Host, state: UnitState, release: str | None) -> UnitState:
    if not process_files(host):
        return state
    from landfall_host.process_state import states_of

    states = states_of(host, release or state['release'])
    return {**state, 'processes': states} if states else state


def serving_unit(host: Host, release: str | None = None) -> tuple[str, str, str | None]:
    """(name, ActiveState, release of its process) of the unit that serves. As `unit_state`, without the app's words."""
    units = show_units(host, release)
    name = unit_for(host, units, release)
    unit = units.get(name, {})
    return name, unit.get('ActiveState', UNKNOWN), release_of(host, name, unit)


def unit_state(host: Host, address: Address | None = None, release: str | None = None) -> UnitState:
    """The unit that serves; with `release`, the unit in which this release is to serve.

    Every wait for an end calls this function. So a unit that puts off its end is ended here.
    """
    unit, others = unit_that_serves(host, release)
    return describe_unit(host, unit, address, others)


def unit_that_serves(host: Host, release: str | None = None) -> tuple[Properties, list[Properties]]:
    """The properties of that unit, and those of the service's other units."""
    units = show_units(host, release)
    name = unit_for(host, units, release)
    return units.get(name, {'Id': name}), [unit for other, unit in units.items() if other != name]


def unit_for(host: Host, units: dict[str, Properties], release: str | None = None) -> str:
    """The name of the unit that serves: the service's own with its process, or the instance that it wants."""
    own, text = units.get(host.unit), in_force(host)
    instance = host.instance(release) if release else None
    if instance and (
        units.get(instance, {}).get('ActiveState', 'inactive') != 'inactive'
        or (is_alias(text) and release_in(text) == release)
    ):
        return instance
    if own and number(own.get('MainPID')):
        return host.unit
    alive = [
        name
        for name, unit in units.items()
        if release_of_instance(host, name) and unit.get('ActiveState') in ALIVE
    ]
    live = release_in(text) if is_alias(text) else None
    wanted = host.instance(live) if live else None
    if wanted in units and (wanted in alive or not alive):
        return wanted
    return (
        max(alive, key=lambda name: number_of(release_of_instance(host, name) or '0')) if alive else host.unit
    )


def number_of(release: str) -> int:
    return int(release.split('-')[0])


PROPERTIES = (
    'Id',
    'LoadState',
    'ActiveState',
    'SubState',
    'Result',
    'ExecMainStatus',
    'MainPID',
    'InvocationID',
    'NRestarts',
    'MemoryCurrent',
    'ControlGroup',
    'NeedDaemonReload',
    *END_PROPERTIES,
)
# Where systemd does not count the memory it says 2^64-1.
MOST_MEMORY = 1 << 60
# Characters of what a service says of itself.
MOST_STATUS = 200
UNKNOWN = 'unknown'


def show_units(host: Host, release: str | None = None) -> dict[str, Properties]:
    """Properties by name, of the service's own unit and of its instances: those that systemd knows, and the named."""
    named = sorted({each for each in (release, release_in(in_force(host))) if each})
    units = show_all([host.unit, host.stem + '@*.service', *map(host.instance, named)], PROPERTIES)
    end_overdue(units)
    own = {unit.get('Id', ''): unit for unit in units}
    return {name: unit for name, unit in own.items() if name == host.unit or release_of_instance(host, name)}


def describe_unit(
    host: Host, unit: Properties, address: Address | None, others: Iterable[Properties] = ()
) -> UnitState:
    pid = number(unit.get('MainPID'))
    status, gate = words_of(host, unit, pid)
    return {
        'unit': unit['Id'],
        'load': unit.get('LoadState', UNKNOWN),
        'active': unit.get('ActiveState', UNKNOWN),
        'sub': unit.get('SubState', UNKNOWN),
        'result': unit.get('Result', UNKNOWN),
        'exitStatus': number(unit.get('ExecMainStatus')),
        'mainPid': pid,
        'invocation': unit.get('InvocationID', ''),
        'restarts': number(unit.get('NRestarts')),
        'release': release_of(host, unit['Id'], unit),
        'workers': children_of(pid) if pid else [],
        'memoryBytes': number(unit.get('MemoryCurrent'), MOST_MEMORY),
        'status': status,
        'gate': gate,
        'listener': listener_of(address, unit, others) if address else None,
    }


def release_of(host: Host, name: str, unit: Properties) -> str | None:
    """The release from which the unit's main process was started."""
    return release_started(host, name, unit.get('InvocationID')) if number(unit.get('MainPID')) else None


def words_of(host: Host, unit: Properties, pid: int | None) -> tuple[str, GateResult | None]:
    """(what the unit's processes say of themselves, what the gate says), each without secrets.

    The gate repeats what the app has answered, and so perhaps a secret. What it says as data is not said twice.
    """
    status = foreign(unit['Id'], 'StatusText')
    if not status:
        return '', None
    from landfall_host.gate_result import gate_result
    from landfall_host.redaction import Redactor

    def redact(text: str) -> str:
        return Redactor(host, [pid] if pid else [])(text)

    gate = gate_result(status, redact)
    return ('' if gate else redact(status)[:MOST_STATUS]), gate
