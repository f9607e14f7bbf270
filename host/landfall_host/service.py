"""Restarting and stopping the service."""

from __future__ import annotations

from landfall_host.dependents import follow_live
from landfall_host.files import read_text, remove_file
from landfall_host.instances import in_force, running_instances, socket_in_force
from landfall_host.making_room import make_room
from landfall_host.process_verbs import end_processes
from landfall_host.protocol import Refused
from landfall_host.releases import lead_current_to, undo_mark_good
from landfall_host.run import must_run, run
from landfall_host.sockets import close_socket, forget_boot_socket, socket_state
from landfall_host.started import release_read
from landfall_host.starting import start_unit
from landfall_host.systemd import show
from landfall_host.unit_files import daemon_reload, is_enabled
from landfall_host.unit_texts import is_alias, release_in, written_by_landfall
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import (
        RestartRequest,
        RestartResult,
        RestartResultDid,
        Stopped,
        StopRequest,
    )
    from landfall_host.state import Host


def verb_restart(host: Host, ask: RestartRequest, stdin: BinaryIO) -> RestartResult:
    properties = ('LoadState', 'InvocationID', 'Environment', 'NeedDaemonReload', 'Wants', 'Requires')
    unit = show(host.unit, *properties)
    starts = release_read(unit)
    # An earlier request may have been interrupted before systemd had read the unit.
    if unit['NeedDaemonReload'] == 'yes' or starts != ask['release']:
        daemon_reload()
        unit = show(host.unit, *properties)
        starts = release_read(unit)
    if unit['LoadState'] != 'loaded' or starts != ask['release']:
        raise Refused(
            'InvalidInput',
            f'The unit {host.unit} in force ({unit["LoadState"]}) starts {starts or "no release"}, not '
            + (ask['release'] or "a unit of the host's own")
            + '.',
        )
    if running_instances(host) or socket_state(host)['active']:
        raise Refused(
            'InvalidInput',
            f'{host.socket} holds the address of this service; its instances have to stop first.',
        )
    # Only `start` starts instances. A unit of the host's own may want a socket of its own.
    wanted = (unit.get('Wants', '') + ' ' + unit.get('Requires', '')).split(' ')
    if is_alias(in_force(host)) or (host.socket in wanted and written_by_landfall(socket_in_force(host))):
        raise Refused(
            'InvalidInput',
            f'{host.unit} brings {host.socket} up with it, so it is not the unit of a release that listens '
            'by itself.',
        )
    this, last = [host.state['fence'], ask['claim']['seq']], host.state['restart']
    did: RestartResultDid = 'restarted'
    before = unit.get('InvocationID', '')
    if last and last['by'] == this:
        did = 'restarted' if before in ('', last['before']) else 'already'
        before = last['before']
    else:
        host.state['restart'] = {'by': this, 'before': before}
        host.save()
    if did == 'restarted':
        # Clears the start limit. Fails when there is nothing to clear.
        run(['systemctl', 'reset-failed', host.unit])
        start_unit(host, 'restart', host.unit)
    lead_current_to(host, ask['release'])
    # A unit of the host's own may know nothing of releases. Units next to it continue.
    policy = ask.get('dependents', 'restart') if ask['release'] else 'leave'
    dependents = follow_live(host, ask['claim'], ask['release'], policy)
    return {'did': did, 'before': before, 'dependents': dependents}


def verb_stop(host: Host, ask: StopRequest, stdin: BinaryIO) -> Stopped:
    """Answers within seconds; `stopped: false` is a unit that still finishes its requests: ask again."""
    at_rest = ('inactive', 'failed')
    undo_mark_good(host)
    lead_current_to(host, None)
    end_processes(host)
    if not make_room(host, None, 5):
        return {'stopped': False}
    close_socket(host)
    # Not asked of LoadState: what runs may have lost its unit file (`restore-unit` on a first deploy).
    if show(host.unit, 'ActiveState')['ActiveState'] not in at_rest:
        must_run(['systemctl', 'stop', '--no-block', host.unit])
    if not wait_until(lambda: show(host.unit, 'ActiveState')['ActiveState'] in at_rest, 5, pause=0.05):
        return {'stopped': False}
    boots = read_text(host.boots)
    if host.state['lastGood'] is None and (boots is None or release_in(boots)):
        if is_enabled(host):
            must_run(['systemctl', 'disable', host.unit], 60)
        remove_file(host.boots)
        forget_boot_socket(host)
    remove_file(host.unproven)
    daemon_reload()
    run(['systemctl', 'reset-failed', host.unit])
    return {'stopped': True}
