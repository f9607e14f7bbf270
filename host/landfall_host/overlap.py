"""The switchover: while the socket stays open, one release starts alongside the other and takes over from it."""

from __future__ import annotations

from landfall_host.dependents import follow_live
from landfall_host.files import read_json, read_text
from landfall_host.instances import (
    begin_trial,
    end_trial,
    in_force,
    instance_path,
    instances_in,
    remove_instance,
    running_instances,
)
from landfall_host.overdue import END_PROPERTIES, end_overdue
from landfall_host.processes import Look, processes_of
from landfall_host.protocol import Refused
from landfall_host.releases import lead_current_to, undo_mark_good, whole_release
from landfall_host.run import must_run, run
from landfall_host.sockets import boot_socket, socket_state
from landfall_host.stand_in import end_stand_in, stand_aside
from landfall_host.started import release_read
from landfall_host.starting import open_socket, start_unit
from landfall_host.systemd import show, show_all
from landfall_host.unit import serving_unit, show_units, unit_state
from landfall_host.unit_files import (
    backup_path,
    daemon_reload,
    drop_unproven,
    keep_before,
    put_unit,
    restore_boot_unit,
    restore_enablement,
)
from landfall_host.unit_texts import alias_text, is_alias, release_in
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import (
        RemoveInstanceRequest,
        StartRequest,
        StartResult,
        StartResultState,
        Stopped,
        SwitchRequest,
        SwitchResult,
        UnitState,
    )
    from landfall_host.shapes import Properties
    from landfall_host.state import Host

# Of 1000: what has not proven itself goes first when memory runs out, and what is live goes like any other.
FIRST_TO_GO, LIKE_OTHERS = 500, 0


def verb_remove_instance(host: Host, ask: RemoveInstanceRequest, stdin: BinaryIO) -> Stopped:
    release = ask['release']
    if release in running_instances(host):
        must_run(['systemctl', 'stop', '--no-block', host.instance(release)])
        end_overdue(show_all([host.instance(release)], END_PROPERTIES))
        return {'stopped': False}
    if release_in(read_text(host.boots)) != release and release != host.state['lastGood']:
        run(['systemctl', 'reset-failed', host.instance(release)])
        end_trial(host, release)
        if release_in(read_text(host.unproven)) == release and is_alias(read_text(host.unproven)):
            drop_unproven(host)
        if not whole_release(host, release)['good']:
            remove_instance(host, release)
    return {'stopped': True}


def verb_start(host: Host, ask: StartRequest, stdin: BinaryIO) -> StartResult:
    """Starts a release alongside the live one. Waits until it serves, has failed, or the time is over."""
    host.lock()
    host.check_claim(ask['claim'], live=True)
    release, this = ask['release'], [ask['claim']['fence'], ask['claim']['seq']]
    unit = host.instance(release)
    whole_release(host, release)
    if read_text(instance_path(host, release)) is None:
        raise Refused('InvalidInput', f'There is no unit {unit} on this host.')
    state, note = show(unit, 'ActiveState', 'NeedDaemonReload'), None
    if state['ActiveState'] == 'inactive' or (
        host.state['start'] != this and state['ActiveState'] != 'active'
    ):
        if not socket_state(host)['active'] and not running_instances(host) and is_alias(in_force(host)):
            # systemd opens no socket for a service that is up, and an alias unit may be up without an instance.
            must_run(['systemctl', 'stop', host.unit])
        own = show(host.unit, 'MainPID', 'ActiveState')
        if own.get('MainPID', '0') != '0':
            raise Refused('InvalidInput', f'{host.unit} still runs by itself; it has to stop first.')
        # While the alias unit is down, the first connection starts it. It must not want another release then.
        # An earlier attempt may have been interrupted before systemd had read the unit.
        points = own['ActiveState'] == 'active' or (
            not point_alias(host, release) and release_read(show(host.unit, 'Environment')) == release
        )
        stood_aside = stand_aside(host)
        if not points or stood_aside or state['NeedDaemonReload'] == 'yes':
            daemon_reload()
        if stood_aside:
            end_stand_in(host)
        note = open_socket(host, ask['address'])
        begin_trial(host, release) if ask['trial'] else end_trial(host, release)
        run(['systemctl', 'reset-failed', unit])
        host.state['start'] = this
        host.save()
        start_unit(host, 'start', unit)
    if ask['trial']:
        set_out_of_memory_score(once_started(unit), FIRST_TO_GO)
    ours = host.state['start'] == this
    host.unlock()
    now = unit_state(host, None, release)

    def is_decided() -> bool:
        nonlocal now
        seen = show(unit, 'ActiveState', 'SubState')
        if (seen['ActiveState'], seen['SubState']) != (now['active'], now['sub']):
            now = unit_state(host, None, release)
        return progress(now, release, ours) != 'starting'

    # No app is up within its first moments, and each look takes processor time from its start.
    if not wait_until(is_decided, ask['waitMilliseconds'] / 1000, pause=0.05, longest_pause=0.05):
        now = unit_state(host, None, release)
    return {'unit': now, 'state': progress(now, release, ours), 'note': note}


def progress(unit: UnitState, release: str, ours: bool) -> StartResultState:
    """`up`, `failed` or `starting`. systemd starts a failed unit again after a second, which does not cure it.

    A unit that this request did not start may have been restarted long ago, and still serve.
    """
    if unit['active'] == 'deactivating':
        return 'starting'
    if not ours and unit['active'] == 'active' and unit['release'] == release:
        return 'up'
    if unit['restarts'] or unit['active'] in ('failed', 'inactive') or unit['sub'].startswith('auto-restart'):
        return 'failed'
    return 'up' if unit['active'] == 'active' and unit['release'] == release else 'starting'


def verb_switch(host: Host, ask: SwitchRequest, stdin: BinaryIO) -> SwitchResult:
    """Makes this release the live one: the alias unit wants it, and no other release accepts connections."""
    release = ask['release']
    instance = host.instance(release)
    unit, active, runs = serving_unit(host, release)
    if (unit, active, runs) != (instance, 'active', release):
        raise Refused(
            'CommandFailed',
            f'Release {release} cannot take over: {unit} is {active} with {runs or "no release"}.',
        )
    if host.state['marked'] and host.state['marked']['before'] == release:
        undo_mark_good(host)
    before = read_json(backup_path(host, host.state['fence']))
    unrecorded = release_in(read_text(host.boots)) not in (release, host.state['lastGood'])
    moved = False
    if before and unrecorded:
        # A `mark-good` was interrupted before it was recorded, or is taken back: restore the previous boot unit.
        restore_enablement(host, before)
        moved = restore_boot_unit(host, before)
    if release == host.state['lastGood']:
        # A `mark-good` may have been interrupted between the socket and the alias unit. It boots where it listens now.
        moved = boot_socket(host) or moved
    # An earlier attempt may have been interrupted before systemd had read its files.
    if point_alias(host, release) or moved or release_read(show(host.unit, 'Environment')) != release:
        daemon_reload()
    end_trial(host, release)
    # Looked at after systemd has read the alias unit: until then a connection may have started the old release.
    units = show_units(host, release)
    set_out_of_memory_score(units.get(instance, {}), LIKE_OTHERS)
    if units.get(host.unit, {}).get('ActiveState') != 'active':
        start_unit(host, 'start', host.unit)
    states = [(name, each.get('ActiveState', 'inactive')) for name, each in units.items()]
    others = [host.instance(other) for other in instances_in(host, states) if other != release]
    if others:
        must_run(['systemctl', 'stop', '--no-block', *others])
    lead_current_to(host, release)
    dependents = follow_live(host, ask['claim'], release, ask.get('dependents', 'restart'))
    return {'stopping': others, 'dependents': dependents}


def point_alias(host: Host, release: str) -> bool:
    """Makes the alias unit want this release, until the next boot. Returns whether that changes a file."""
    keep_before(host)
    wanted = alias_text(host, release)
    return put_unit(host.unproven, None if read_text(host.boots) == wanted else wanted)


def once_started(unit: str) -> Properties:
    """Where the processes are of a unit that was told to start a moment ago."""
    fields: Properties = {}

    def has_process() -> bool:
        nonlocal fields
        fields = show(unit, 'ControlGroup', 'MainPID')
        return fields.get('MainPID', '0') != '0'

    wait_until(has_process, 0.5, pause=0.01)
    return fields


def set_out_of_memory_score(fields: Properties, score: int) -> None:
    """Sets the score of a unit's processes, which their children inherit. In the unit it would need a restart."""
    for pid in processes_of(fields, Look()):
        try:
            with open(f'/proc/{pid}/oom_score_adj', 'w') as file:
                file.write(str(score))
        except OSError:
            continue  # it ended meanwhile, or this container may not
