"""The one way in which systemd is told to start something of a service.

A start may bring the socket up too, because instances and the alias unit want it. A start also makes runtime
directories. systemd does both as root, by path. So before each start, for every verb, the helper checks these places.
No other user can change them from boot on. The check finds places that another user has made first.
"""

from __future__ import annotations

import os
import re
import stat

from landfall_host.addresses import check_for_systemd, own_directory
from landfall_host.files import owner_of, read_text
from landfall_host.instances import socket_in_force
from landfall_host.listeners import holder_of
from landfall_host.processes import Look, held_by
from landfall_host.protocol import Refused
from landfall_host.root_places import check_socket_directory, own_places, refuse_unless_roots
from landfall_host.run import must_run, run
from landfall_host.sockets import socket_as_read, socket_state
from landfall_host.systemd import logged_about
from landfall_host.unit_files import daemon_reload, put_unit
from landfall_host.unit_texts import address_in, listen_stream, socket_text, written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address
    from landfall_host.state import Host

# Directories that systemd makes for a service's user: a socket of root's must not be in one.
MADE_FOR_OTHERS = r'/run/(landfall|landfall-job-[^/]*|[^/]+\.run)/'


def start_unit(host: Host, how: str, *units: str) -> None:
    """`how`: `start` or `restart`. Does not wait for its end, except for that of a socket."""
    check_places(host, socket_in_force(host))
    wait = [] if units == (host.socket,) else ['--no-block']
    must_run(['systemctl', how, *wait, *units])


def check_places(host: Host, socket: str | None) -> None:
    """Refuses a start that would make root act in another user's place. `socket`: the text of the socket unit."""
    own_places(host)
    check_socket_directory(host)
    address = address_in(socket) if written_by_landfall(socket) else None
    if address and 'socket' in address:
        check_socket_path(host, address['socket'])


def check_socket_path(host: Host, path: str) -> None:
    if re.match(MADE_FOR_OTHERS, path):
        raise Refused(
            'InvalidInput',
            f'systemd makes {os.path.dirname(path)} for a service, so root must not listen on {path}. Write '
            f'`bind: unix:/run/{host.service}.sock`.',
        )
    check_directory(host, os.path.dirname(path), path)
    from landfall_host.unix_sockets import listening_at  # takes long, and most addresses are not paths

    look = Look()
    listening = listening_at(path, look)
    if listening and not (
        held_by([1], listening, look) == listening and path in socket_state(host)['listens'].split(' ')
    ):
        raise Refused(
            'CommandFailed',
            f'systemd cannot listen on {path}: it is taken by '
            f'{(holder_of({"socket": path}) or "another program")}.',
        )
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != 0:
        raise Refused('CommandFailed', f"{path} is there already, and is not a socket of root's. Remove it.")


def check_directory(host: Host, directory: str, path: str) -> None:
    own = directory == own_directory(host)
    if own and owner_of(directory) is None:
        return  # systemd makes it, as root
    try:
        refuse_unless_roots(directory, 'the socket ' + path)
    except Refused as refused:
        if own:
            refused.message += f' Or write `bind: unix:/run/{host.service}.sock`.'
        raise


def open_socket(host: Host, address: Address) -> str | None:
    """Makes systemd listen there; at boot it listens where it did, until `mark-good`.

    Returns a sentence about a text that was edited by hand, or None.
    """
    check_for_systemd(host, address)
    if 'socket' in address:
        check_socket_path(host, address['socket'])
    before, wanted = socket_in_force(host), socket_text(host, address)
    changed = put_unit(host.socket_unproven, None if read_text(host.socket_boots) == wanted else wanted)
    state, newer = socket_as_read(host)
    # systemd does not read a new file by itself, and an earlier attempt may have been interrupted before it did.
    unread = listen_stream(address) not in state['listens'].split(' ')
    if changed or unread or newer:
        daemon_reload()
        state = socket_state(host)
    if not state['active']:
        run(['systemctl', 'reset-failed', host.socket])
        try:
            start_unit(host, 'start', host.socket)
        except Refused as refused:
            if refused.output is None:
                raise  # systemd was not asked
            holder = holder_of(address)
            why = f'it is taken by {holder}' if holder else said_last(host.socket)
            raise Refused(
                'CommandFailed', f'systemd cannot listen on {listen_stream(address)}: {why}.'
            ) from refused
    return (
        f'{host.socket} was not as Landfall wrote it, and is again'
        if changed and edited(host, before)
        else None
    )


def said_last(unit: str) -> str:
    """Why systemd did not start it, in its own words."""
    said = [
        line
        for line in logged_about(unit)[-3:]
        if not re.search('Failed to listen|result|Closed|Stopp', line)
    ]
    return said[0].rstrip('.') if said else 'it does not say why'


def edited(host: Host, before: str | None) -> bool:
    """Whether a socket's text was changed by hand: an own one differs in its address alone."""
    if before is None:
        return False
    address = address_in(before)
    return not address or before != socket_text(host, address)
