"""Who accepts connections on an address."""

from __future__ import annotations

import os
import sys

from landfall_host.files import read_of_kernel
from landfall_host.processes import Look, held_by, processes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.contract_types import Address, UnitStateListener
    from landfall_host.shapes import Properties

# In /proc/net/tcp.
LISTENS = '0A'


def listener_of(address: Address, unit: Properties, others: Iterable[Properties] = ()) -> UnitStateListener:
    """Which unit listens on an address.

    `unit`: this one. `shared`: this one and others of the service. `other`: another program. `nobody`: none.
    `unknown`: there are too many processes or open files to look at.
    """
    look = Look()
    listening = listening_on(address, look)
    if not listening:
        return 'unknown' if look.over else 'nobody'
    if held_by(processes_of(unit, look), listening, look) == listening:
        # The other units have a look of their own. If they have too many files, that is not a fault of this unit.
        aside = Look()
        shared = any(held_by(processes_of(other, aside), listening, aside) for other in others)
        return 'shared' if shared or aside.over else 'unit'
    if look.over:
        return 'unknown'
    # systemd holds the socket for the service, also while none of it runs.
    return 'nobody' if held_by([1], listening, look) == listening else 'other'


def holder_of(address: Address) -> str | None:
    """`nginx (process 12)`: which program listens there; None when no process is found."""
    look = Look()
    listening = listening_on(address, look)
    for name in os.listdir('/proc') if listening else ():
        if look.over:
            break
        if name.isdigit() and held_by([int(name)], listening, look):
            return f'{(read_of_kernel(f"/proc/{name}/comm") or "").strip()} (process {name})'
    return None


def listening_on(address: Address, look: Look) -> set[str]:
    """Inodes, as text, of the sockets that accept connections there."""
    if 'socket' in address:
        from landfall_host.unix_sockets import listening_at

        return listening_at(address['socket'], look)
    return tcp_listeners(address['host'], address['port'], look)


def tcp_listeners(ip: str, port: int, look: Look) -> set[str]:
    """`ip` as `fields.ip_address` takes it: an address, never a name."""
    if ':' in ip:
        import socket  # slow to import

        packed = socket.inet_pton(socket.AF_INET6, ip)
    else:
        packed = bytes(map(int, ip.split('.')))
    wanted = {'0' * 8, '0' * 32} if any(packed) else None  # None: asked about every address of this port
    # A program that listens on ::ffff:127.0.0.1 is on 127.0.0.1 as well.
    for form in (packed, b'\0' * 10 + b'\xff\xff' + packed) if len(packed) == 4 else (packed,):
        words = [form[i : i + 4] for i in range(0, len(form), 4)]
        if wanted:
            wanted.add(''.join(f'{int.from_bytes(word, sys.byteorder):08X}' for word in words))
    inodes = set()
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        for where, inode in listening_rows(table, look):
            host, listens_on = where.split(':')
            if int(listens_on, 16) == port and (wanted is None or host in wanted):
                inodes.add(inode)
    return inodes


def listening_rows(table: str, look: Look) -> Iterator[tuple[str, str]]:
    """(local address, inode) of each listener. The kernel lists those first, before any number of connections."""
    try:
        with open(table) as file:
            next(file, None)
            for line in file:
                row = line.split()
                if len(row) < 10 or row[3] != LISTENS or not look.goes_on():
                    return
                yield row[1], row[9]
    except FileNotFoundError:
        return  # no IPv6
