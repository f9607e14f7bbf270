"""Which unix sockets accept connections at a path, asked of the kernel with sock_diag(7).

Not of /proc/net/unix, where a program that binds a path with a newline in it writes rows of its own.
"""

from __future__ import annotations

import os
import re
import socket
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.processes import Look

# Of netlink(7), sock_diag(7) and <linux/unix_diag.h>.
SOCK_DIAG, DIAG_BY_FAMILY, DUMP_REQUEST, ERROR, DONE = 4, 20, 0x301, 2, 3
SHOW_VFS, VFS, LISTENING = 2, 1, 10
# Messages of 32 KiB; some ten thousand listeners.
MOST_MESSAGES = 100
# Bytes of the table, for a kernel without sock_diag of unix sockets.
MOST_TABLE = 16 << 20


def listening_at(path: str, look: Look) -> set[str]:
    """Inodes, as text, of the sockets that accept connections at this path."""
    try:
        node = os.stat(path)
    except OSError:
        return set()
    wanted = (node.st_ino & 0xFFFFFFFF, os.major(node.st_dev) << 20 | os.minor(node.st_dev))
    try:
        return {str(inode) for inode, there in listeners(look) if there == wanted}
    except OSError:
        return in_table(path, look)


def listeners(look: Look) -> Iterator[tuple[int, tuple[int, int] | None]]:
    """(inode of a listening socket, (inode, device) of what it is bound to), for all of this host."""
    request = struct.pack(
        '=BBHIIIII', socket.AF_UNIX, 0, 0, 1 << LISTENING, 0, SHOW_VFS, 0xFFFFFFFF, 0xFFFFFFFF
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.settimeout(2)
        kernel.send(struct.pack('=IHHII', 16 + len(request), DIAG_BY_FAMILY, DUMP_REQUEST, 1, 0) + request)
        for _ in range(MOST_MESSAGES):
            data = kernel.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from('=IH', data)
                if kind == DONE:
                    return
                if kind == ERROR:
                    raise OSError(-struct.unpack_from('=i', data, 16)[0], 'sock_diag')
                yield struct.unpack_from('=I', data, 20)[0], attribute(data[32:length], VFS)
                data = data[length + 3 & ~3 :]
    look.over = True


def attribute(data: bytes, wanted: int) -> tuple[int, int] | None:
    """The two numbers of an attribute; None when it is not there."""
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        if kind == wanted:
            first, second = struct.unpack_from('=II', data, 4)
            return first, second
        data = data[max(length, 4) + 3 & ~3 :]
    return None


def in_table(path: str, look: Look) -> set[str]:
    with open('/proc/net/unix', errors='replace') as file:
        table = file.read(MOST_TABLE)
    look.over = look.over or len(table) == MOST_TABLE
    # Num RefCount Protocol Flags Type St Inode Path; flags 00010000: it accepts connections.
    row = re.compile(
        rf'^[0-9A-Fa-f]+: [0-9A-Fa-f]+ [0-9A-Fa-f]+ 00010000 [0-9A-Fa-f]+ [0-9A-Fa-f]+ +(\d+) {re.escape(path)}$',
        re.M,
    )
    return set(row.findall(table))
