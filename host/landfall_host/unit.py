"""The service's unit at this moment: systemd's words, its processes, and who listens on its address."""

from __future__ import annotations

import os
import time

from landfall_host.instances import ALIVE, in_force, release_of_instance
from landfall_host.listeners import listener_of
from landfall_host.overdue import END_PROPERTIES, end_overdue
from landfall_host.processes import children_of
from landfall_host.started import release_started
from landfall_host.systemd import foreign, number, show_all
from landfall_host.unit_texts import is_handle, release_in


def verb_observe(host, ask, stdin):
    """With `waitMilliseconds`, answers as soon as the main process that runs now has ended, else after that time."""
    release, wait = ask.get('release'), ask.get('waitMilliseconds')
    state = unit_state(host, ask['address'], release)
    if wait and state['mainPid']:
        limit = time.monotonic() + wait / 1000
        while os.path.exists(f'/proc/{state["mainPid"]}') and time.monotonic() < limit:
            time.sleep(0.1)
        state = unit_state(host, ask['address'], release)
    return state


def unit_state(host, address=None, release=None):
    """What serves; with `release`, the unit that this release is to serve in.

    Everybody who waits for an end asks this, so what puts off its end is ended here.
    """
    units = show_units(host, release)
    end_overdue(units.values())
    name = unit_for(host, units, release)
    others = [unit for other, unit in units.items() if other != name]
    return describe_unit(host, units.get(name, {'Id': name}), address, others)


def unit_for(host, units, release=None):
    """The name of the unit that serves: the service's own with its process, or the instance that it wants."""
    own, handle = units.get(host.unit), in_force(host)
    instance = host.instance(release) if release else None
    if instance and (
        units.get(instance, {}).get('ActiveState', 'inactive') != 'inactive'
        or (is_handle(handle) and release_in(handle) == release)
    ):
        return instance
    if own and number(own.get('MainPID')):
        return host.unit
    alive = [
        name
        for name, unit in units.items()
        if release_of_instance(host, name) and unit.get('ActiveState') in ALIVE
    ]
    wanted = host.instance(release_in(handle)) if is_handle(handle) and release_in(handle) else None
    if wanted in units and (wanted in alive or not alive):
        return wanted
    return (
        max(alive, key=lambda name: int(release_of_instance(host, name).split('-')[0]))
        if alive
        else host.unit
    )


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


def show_units(host, release=None):
    """Name to properties: the service's own unit, its instances that systemd knows, and that of this release and of the handle."""
    named = {release, release_in(in_force(host))} - {None}
    units = show_all(
        [host.unit, host.stem + '@*.service', *(host.instance(release) for release in sorted(named))],
        PROPERTIES,
    )
    return {unit['Id']: unit for unit in units if 'Id' in unit}


def describe_unit(host, unit, address, others=()):
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
        'release': release_started(host, unit['Id'], unit.get('InvocationID')) if pid else None,
        'workers': children_of(pid) if pid else [],
        'memoryBytes': number(unit.get('MemoryCurrent'), MOST_MEMORY),
        'status': status,
        'gate': gate,
        'listener': listener_of(address, unit, others) if address else None,
    }


def words_of(host, unit, pid):
    """(what the unit's processes say of themselves, what the gate says), each without secrets.

    The gate repeats what the app has answered, and so perhaps a secret. What it says as data is not said twice.
    """
    status = foreign(unit['Id'], 'StatusText')
    if not status:
        return '', None
    from landfall_host.gate_result import gate_result
    from landfall_host.redaction import Redactor

    def redact(text):
        return Redactor(host, [pid] if pid else [])(text)

    gate = gate_result(status, redact)
    return ('' if gate else redact(status)[:MOST_STATUS]), gate
