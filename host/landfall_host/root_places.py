"""Directories in which root, or systemd as root, makes files for a service. No other user may change them."""

from __future__ import annotations

import os
import stat

from landfall_host.accounts import account
from landfall_host.files import is_directory, owner_of
from landfall_host.places import SERVICES
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host


def refuse_unless_roots(path: str, what: str) -> None:
    """Refuses unless each directory from / to this one is real, root's, and writable only for root.

    `what` is made in it.
    """
    at = ''
    for name in path.split('/'):
        at = (at if at != '/' else '') + '/' + name if name else '/'
        try:
            status = os.lstat(at)
        except FileNotFoundError:
            raise Refused(
                'CommandFailed',
                f'{at} is missing, so {what} cannot be made in it. Make it as root, mode 755, '
                'with systemd-tmpfiles where it lies in /run.',
            ) from None
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022:
            raise Refused(
                'CommandFailed',
                f'{at} is not a directory that only root can change, so root must not make {what} in it. '
                f'Find out who made it (ls -ld {at}), stop that, and remove it.',
            )


def own_places(host: Host) -> None:
    """Makes /run/landfall and what systemd makes the runtime directories of this service's releases in."""
    for path in (os.path.dirname(SERVICES), SERVICES, os.path.join(SERVICES, host.service)):
        try:
            os.mkdir(path, 0o755)
        except FileExistsError:
            pass
        refuse_unless_roots(path, 'what belongs to releases')


def check_socket_directory(host: Host) -> None:
    """Checks the directory where a release that listens by itself makes its unix socket: missing, or the user's."""
    path = socket_directory(host)
    if owner_of(path) is not None and not (
        is_directory(path) and owner_of(path) == account(host.user).pw_uid
    ):
        raise Refused(
            'CommandFailed',
            f'{path} belongs to another user, so systemd must not give it to {host.user}. Remove it, or '
            'take another name for the service.',
        )


def socket_directory(host: Host) -> str:
    """`/run/shop.run`: no service's name has a dot, so this directory cannot belong to another service."""
    return f'/run/{host.service}.run'
