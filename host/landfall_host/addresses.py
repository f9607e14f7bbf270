"""Where a service may listen: the addresses that the deploying user may ask for, by root's policy alone."""

from __future__ import annotations

import os

from landfall_host.files import read_text
from landfall_host.places import ETC
from landfall_host.protocol import Refused
from landfall_host.unit_texts import address_in, listen_stream, written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address
    from landfall_host.state import Host


def bind_argument(address: Address) -> str:
    """As `bind:` in landfall.yaml, Gunicorn's --bind and root's policy write it."""
    return ('unix:' if 'socket' in address else '') + listen_stream(address)


def own_socket(host: Host) -> str:
    """The path where systemd may listen for this service without root's permission: /run is root's from boot on."""
    return f'/run/{host.service}.sock'


def own_directory(host: Host) -> str:
    """Another place for it: systemd makes the directory, as root, where it is missing."""
    return f'/run/{host.service}'


def is_own(host: Host, path: str) -> bool:
    return path == own_socket(host) or os.path.dirname(path) == own_directory(host)


def check_pinned(host: Host, address: Address) -> None:
    """Refuses an address that root has not allowed, where root has named addresses. The boot unit keeps its own."""
    pinned = host.policy.get('addresses')
    if pinned is not None and bind_argument(address) not in pinned and not was_good(host, address):
        raise Refused(
            'InvalidInput',
            (
                f'Root has not allowed {host.service} to listen on {bind_argument(address)} (`addresses` in '
                f'{os.path.join(ETC, host.service + ".json")} allows: {", ".join(pinned) or "none"}). '
                'Correct `bind:` in landfall.yaml, or run: landfall setup <host> --env <environment> '
                '--pin-addresses'
            ),
        )


def was_good(host: Host, address: Address) -> bool:
    """Whether the socket that boots is there: a rollback goes back to it, whatever root has pinned since."""
    boots = read_text(host.socket_boots)
    return written_by_landfall(boots) and address_in(boots) == address


def check_for_systemd(host: Host, address: Address) -> None:
    """The socket is made by root, so it must not be in anybody's place."""
    check_pinned(host, address)
    if 'socket' in address:
        allowed = is_own(host, address['socket']) or bind_argument(address) in (
            host.policy.get('addresses') or ()
        )
        if not allowed and not was_good(host, address):
            raise Refused(
                'InvalidInput',
                (
                    f'systemd may not listen on {address["socket"]} for this service. Write `bind: '
                    f'unix:{own_socket(host)}`, or let root allow it: landfall setup <host> --env '
                    '<environment> --pin-addresses'
                ),
            )
        return
    if not is_shortest(address['host']):
        raise Refused(
            'InvalidInput',
            f'systemd listens on IP addresses in their shortest form only, not on {address["host"][:60]}.',
        )
    if address['port'] < 1024:
        raise Refused('InvalidInput', f'Port {address["port"]} belongs to the system; take one from 1024 on.')


def is_shortest(ip: str) -> bool:
    """Whether an IP address has its shortest form. The contract's check allows no other form of IPv4."""
    if ':' not in ip:
        return True
    import ipaddress  # takes as long as all the rest of a short request

    return str(ipaddress.IPv6Address(ip)) == ip
