"""The unit that stands for a service in its socket while the old unit ends.

systemd opens no socket of a unit that is up. The stand-in does nothing. Connections wait in the socket until the
release is started.
"""

from __future__ import annotations

import os

from landfall_host.files import names_in, remove_file
from landfall_host.places import UNPROVEN_UNITS
from landfall_host.protocol import Refused
from landfall_host.run import run
from landfall_host.starting import open_socket
from landfall_host.unit_files import daemon_reload, put_unit
from landfall_host.unit_texts import stand_in_drop_in, stand_in_text, stand_in_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address
    from landfall_host.state import Host


def opened(host: Host, address: Address) -> bool:
    """Whether systemd listens there now, with the stand-in."""
    texts = [put_unit(unit_path(host), stand_in_text(host)), put_unit(drop_in(host), stand_in_drop_in(host))]
    if any(texts):
        daemon_reload()
    try:
        open_socket(host, address)
    except Refused:
        return False  # the start of the release says why
    return True


def stand_aside(host: Host) -> bool:
    """The socket is the service's own again once systemd has read that. Returns whether files have changed."""
    changed = [remove_file(path) for path in (drop_in(host), unit_path(host))]
    directory = os.path.dirname(drop_in(host))
    if os.path.isdir(directory) and not names_in(directory):
        os.rmdir(directory)
    return any(changed)


def end_stand_in(host: Host) -> None:
    """After systemd has read that the socket is the service's own."""
    run(['systemctl', 'stop', stand_in_unit(host)])


def unit_path(host: Host) -> str:
    return os.path.join(UNPROVEN_UNITS, stand_in_unit(host))


def drop_in(host: Host) -> str:
    return os.path.join(UNPROVEN_UNITS, host.socket + '.d', 'landfall-stand-in.conf')
