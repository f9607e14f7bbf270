"""systemd listens before a unit that has the address for itself has ended. Connections then wait; none is refused.

The kernel lets two listeners share an address when both allow it (SO_REUSEPORT) and belong to one user. The old
server does not know of that, so root sets it on the old server's own socket. From then on a rule of the kernel leads
each new connection to systemd's socket. The old server answers all connections that it has taken, and then stops.

Where the kernel or a sandbox forbids that, systemd listens as soon as the old server has closed its socket.
"""

from __future__ import annotations

import os
import stat
import sys

from landfall_host.files import names_in
from landfall_host.listeners import holder_of, listening_on
from landfall_host.processes import Look, held_by, processes_of
from landfall_host.protocol import Refused
from landfall_host.sockets import socket_state
from landfall_host.stand_in import opened
from landfall_host.systemd import show
from landfall_host.unit_texts import listen_stream
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from landfall_host.contract_types import Address
    from landfall_host.state import Host

# Numbers of system calls that all kinds of machines share; os.pidfd_open is missing before Python 3.9.
PIDFD_OPEN, PIDFD_GETFD = 434, 438
ATTACH_RULE = 51  # SO_ATTACH_REUSEPORT_CBPF
RETURN_NUMBER = 0x06  # BPF_RET | BPF_K
UNTAKEN = 24  # of a listener: tcp_info.tcpi_unacked
# A busy server takes its connections within milliseconds; one that hangs must not hold up its own end.
MOST_SECONDS = 1


def open_early(host: Host, address: Address) -> bool:
    """Whether systemd listens there now. Refused where neither the service nor systemd has the address."""
    if socket_state(host)['active']:
        return True
    unit = show(host.unit, 'MainPID', 'ControlGroup')
    look = Look()
    listening = listening_on(address, look)
    if held_by(processes_of(unit, look), set(listening), look) != listening and not look.over:
        holder = holder_of(address) or 'another program'
        raise Refused(
            'CommandFailed', f'systemd cannot listen on {listen_stream(address)}: it is taken by {holder}.'
        )
    copies = [copy for copy in map(copy_of, sockets_of(host, listening)) if copy is not None]
    try:
        shared = len(copies) == len(listening) and all(map(allow_sharing, copies))
        if not shared or not opened(host, address):
            return False
        if copies:
            lead_to(copies[0], len(copies))
            # Connections that the old server has not taken yet would end with its socket.
            wait_until(lambda: not any(map(untaken, copies)), MOST_SECONDS, pause=0.005)
        return True
    finally:
        for copy in copies:
            copy.close()


def open_when_free(host: Host, address: Address) -> bool:
    """Whether systemd listens there now: not while another socket does."""
    return socket_state(host)['active'] or (not listening_on(address, Look()) and opened(host, address))


def sockets_of(host: Host, wanted: set[str]) -> list[tuple[int, int, int]]:
    """(process, number of the file, inode) of each of these sockets, from one process of the service's own unit."""
    found: dict[str, tuple[int, int, int]] = {}
    look = Look()
    for pid in processes_of(show(host.unit, 'MainPID', 'ControlGroup'), look):
        for name in names_in(f'/proc/{pid}/fd'):
            if len(found) == len(wanted) or not look.goes_on():
                return list(found.values())
            try:
                target = os.readlink(f'/proc/{pid}/fd/{name}')
            except OSError:
                continue  # it was closed meanwhile
            inode = target[8:-1] if target.startswith('socket:[') else ''
            if inode in wanted:
                found.setdefault(inode, (pid, int(name), int(inode)))
    return list(found.values())


def copy_of(held: tuple[int, int, int]) -> socket.socket | None:
    """A copy of a socket that a process has open; None where that is not possible, or it is another file by now."""
    pid, number, inode = held
    try:
        import ctypes  # slow to import, and an own package in some distributions
        import socket
    except ImportError:
        return None
    call = ctypes.CDLL(None, use_errno=True).syscall
    process = call(PIDFD_OPEN, pid, 0)
    if process < 0:
        return None
    try:
        copy = call(PIDFD_GETFD, process, number, 0)
    finally:
        os.close(process)
    if copy < 0:
        return None
    status = os.fstat(copy)
    if not stat.S_ISSOCK(status.st_mode) or status.st_ino != inode:
        os.close(copy)
        return None
    return socket.socket(fileno=copy)


def allow_sharing(listener: socket.socket) -> bool:
    """With sockets of root's alone: the kernel compares the owners."""
    import socket

    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        os.fchown(listener.fileno(), 0, -1)
    except OSError:
        return False
    return True


def lead_to(listener: socket.socket, place: int) -> None:
    """All new connections of this address go to the socket that has joined at this place; without the rule, a part."""
    import ctypes
    import socket
    import struct

    program = ctypes.create_string_buffer(struct.pack('HBBI', RETURN_NUMBER, 0, 0, place), 8)
    try:
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_RULE, struct.pack('HP', 1, ctypes.addressof(program)))
    except OSError:
        pass


def untaken(listener: socket.socket) -> int:
    """How many connections its server has not accepted yet."""
    import socket

    try:
        known = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNTAKEN + 4)
    except OSError:
        return 0
    return int.from_bytes(known[UNTAKEN:], sys.byteorder)
