"""Unit texts that the host itself writes, and what is read out of any unit text. Pure."""

from __future__ import annotations

import re

from landfall_host.contract import RELEASE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Address
    from landfall_host.state import Host

# Of a unit that runs nothing and is up.
STANDS_FOR_SERVICE = [
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=/bin/true',
    # Such a unit is handed the socket too. Without this, systemd would make it blocking for all workers.
    'NonBlocking=yes',
]


def release_in(content: str | None) -> str | None:
    """Which release a unit text starts; None for a text that is not ours."""
    found = re.search(rf'^Environment="?LANDFALL_RELEASE=({RELEASE})"?$', content or '', re.M)
    return found.group(1) if found else None


def alias_text(host: Host, release: str) -> str:
    return '\n'.join(
        [
            '# Written by Landfall: this release is live. Changes made here are lost with the next deploy.',
            f'# Your own settings for the service belong in a drop-in of {host.stem}@.service.',
            '[Unit]',
            f'Description={host.service}, release {release}',
            f'Wants={host.socket} {host.instance(release)}',
            f'After={host.socket}',
            '',
            *STANDS_FOR_SERVICE,
            f'Environment=LANDFALL_RELEASE={release}',
            '',
            '[Install]',
            'WantedBy=multi-user.target',
            '',
        ]
    )


def written_by_landfall(content: str | None) -> bool:
    return content is not None and content.startswith('# Written by Landfall')


def is_alias(content: str | None) -> bool:
    return written_by_landfall(content) and re.search(r'^Type=oneshot$', content or '', re.M) is not None


def socket_text(host: Host, address: Address) -> str:
    lines = [
        '# Written by Landfall: where the service listens. Changes made here are lost with the next deploy.',
        f'# Your own settings belong in a drop-in: systemctl edit {host.socket}',
        '[Unit]',
        f'Description={host.service}: where it listens',
        '',
        '[Socket]',
        'ListenStream=' + listen_stream(address),
        # Not a release: connections that come while nothing runs bring back what is live.
        'Service=' + host.unit,
        # An instance that ends again and again must not make systemd close it.
        'TriggerLimitIntervalSec=0',
    ]
    if 'socket' in address:
        # Root's, and open to everybody as Gunicorn makes its own: systemd would give it to a user by path.
        lines += ['SocketMode=0666', 'RemoveOnStop=yes']
    else:
        # At boot the address may come later than the socket. Without this, systemd would never listen there.
        lines += ['FreeBind=yes']
    return '\n'.join([*lines, ''])


def stand_in_unit(host: Host) -> str:
    return f'landfall-stand-in-{host.service}.service'


def stand_in_text(host: Host) -> str:
    return '\n'.join(
        [
            '# Written by Landfall: stands for the service while its old unit ends, and connections wait.',
            '[Unit]',
            f'Description={host.service}: connections wait for the new release',
            '',
            *STANDS_FOR_SERVICE,
            '',
        ]
    )


def stand_in_drop_in(host: Host) -> str:
    return (
        '# Written by Landfall, for as long as the old unit ends.\n'
        f'[Socket]\nReusePort=yes\nService={stand_in_unit(host)}\n'
    )


def listen_stream(address: Address) -> str:
    if 'socket' in address:
        return address['socket']
    return ('[%s]:%s' if ':' in address['host'] else '%s:%s') % (address['host'], address['port'])


def address_in(socket: str | None) -> Address | None:
    """The address in a socket's text; None where it has none that can be read."""
    listen = re.search(r'^ListenStream=(.+)$', socket or '', re.M)
    if not listen:
        return None
    if listen.group(1).startswith('/'):
        return {'socket': listen.group(1)}
    match = re.fullmatch(r'\[?([^\]]+?)\]?:(\d+)', listen.group(1))
    return {'host': match.group(1), 'port': int(match.group(2))} if match else None
