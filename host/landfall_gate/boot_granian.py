"""Starts Granian as its own command would, but on the socket that systemd hands over.

Granian opens a socket itself, and has no option for another. Where it keeps that socket, this puts the other one.
"""

from __future__ import annotations

import os
import socket

FIRST_HANDED = 3
# systemd's own; the kernel cuts it to its limit.
BACKLOG = 4096


def serve_handed_socket() -> None:
    from granian._granian import SocketHolder
    from granian.server.common import AbstractServer

    def take(self: AbstractServer) -> None:
        with socket.socket(fileno=os.dup(FIRST_HANDED)) as sock:
            is_unix = sock.family == socket.AF_UNIX
        self._ssp = None
        self._shd = SocketHolder(FIRST_HANDED, is_unix, BACKLOG)
        self._sfd = FIRST_HANDED

    AbstractServer._init_shared_socket = take


def let_proxies_connect() -> None:
    """Makes its own unix socket as Gunicorn does: for everybody who may enter the folder."""
    from granian.server.common import AbstractServer

    opened = AbstractServer._init_shared_socket

    def open_for_all(self: AbstractServer) -> None:
        if self.bind_uds and self.bind_uds.is_socket():
            self.bind_uds.unlink()  # Left over by a start that was killed.
        before = os.umask(0)
        try:
            opened(self)
        finally:
            os.umask(before)

    AbstractServer._init_shared_socket = open_for_all


def main() -> None:
    from granian.cli import entrypoint

    if 'LANDFALL_INSTANCE' in os.environ:
        serve_handed_socket()
    else:
        let_proxies_connect()
    entrypoint()


if __name__ == '__main__':
    main()
