"""The socket unit: systemd listens for the service, so that no connection is refused while releases change."""

from __future__ import annotations

import re

from landfall_host.files import read_text, remove_file
from landfall_host.run import must_run, run
from landfall_host.systemd import lines_of
from landfall_host.unit_files import put_unit
from landfall_host.unit_texts import is_alias, written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import HostFactsSocket
    from landfall_host.state import Host


def socket_state(host: Host) -> HostFactsSocket:
    """{active, listens}: whether systemd listens for this service now, and where."""
    return socket_as_read(host)[0]


def socket_as_read(host: Host) -> tuple[HostFactsSocket, bool]:
    """(the socket's state, whether its unit on disk is newer than the one that systemd has read)."""
    wanted = 'ActiveState,Listen,NeedDaemonReload'
    lines = lines_of(must_run(['systemctl', 'show', host.socket, '-p', wanted]))
    listens = [
        re.sub(r' \(\w+\)$', '', line[len('Listen=') :]) for line in lines if line.startswith('Listen=')
    ]
    state: HostFactsSocket = {'active': 'ActiveState=active' in lines, 'listens': ' '.join(listens)}
    return state, 'NeedDaemonReload=yes' in lines


def close_socket(host: Host) -> None:
    """Closes the socket. Its text stays on disk if the boot unit needs it, or if it is not Landfall's."""
    run(['systemctl', 'stop', host.socket])
    run(['systemctl', 'reset-failed', host.socket])
    remove_file(host.socket_unproven)
    if not is_alias(read_text(host.boots)):
        forget_boot_socket(host)


def boot_socket(host: Host) -> bool:
    """Makes the boot unit listen where systemd listens now. Returns whether that changed a file."""
    unproven = read_text(host.socket_unproven)
    if unproven is not None:
        put_unit(host.socket_boots, unproven)
    return remove_file(host.socket_unproven)


def forget_boot_socket(host: Host) -> bool:
    """Makes the boot unit listen by itself. Returns whether there was a socket of Landfall's."""
    return written_by_landfall(read_text(host.socket_boots)) and remove_file(host.socket_boots)


def sockets_left(host: Host) -> list[str]:
    """Texts of a socket that is closed, and that nothing which boots needs."""
    needed = [host.socket_boots] if is_alias(read_text(host.boots)) else []
    texts = [
        path
        for path in (host.socket_unproven, host.socket_boots)
        if path not in needed and written_by_landfall(read_text(path))
    ]
    return texts if texts and not socket_state(host)['active'] else []
