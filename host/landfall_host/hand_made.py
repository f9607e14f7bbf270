"""A unit that ran the service before Landfall: where it listens, and what the unit of a release would not have of it.

No value leaves this host: of settings only the names, of directives only the names.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys

from landfall_host.contract import check
from landfall_host.listeners import LISTENS
from landfall_host.managed_env import newest_values
from landfall_host.processes import Look, held_by, processes_of
from landfall_host.proxies import proxy_of
from landfall_host.run import run
from landfall_host.secret_values import environment_of, parse_environment
from landfall_host.systemd import foreign, lines_of, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import Address, HandMade, HandMadeLost, UnitState
    from landfall_host.shapes import Properties
    from landfall_host.state import Host

NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]{0,99}')
# Bytes of an environment file, and of a unit's text.
MOST_BYTES = 1 << 20
MOST_NAMES, MOST_ADDRESSES = 100, 4
# Directives that the unit of a release has too, in its own way, or what changes nothing for the service.
ANSWERED_FOR = re.compile(
    'Description|Documentation|After|Before|Wants|Requires|BindsTo|PartOf|Type|NotifyAccess|PIDFile|User|Group'
    '|WorkingDirectory|Environment|EnvironmentFile|ExecStart|ExecReload|ExecStop|KillMode|KillSignal|Restart'
    '|RestartSec|TimeoutStartSec|TimeoutStopSec|TimeoutSec|StartLimit.*|SyslogIdentifier|Standard(Output|Error)'
    '|PrivateTmp|NoNewPrivileges|RuntimeDirectory|RuntimeDirectoryMode|WantedBy|Alias|RequiredBy|SendSIGKILL'
)


def hand_made(host: Host, live: UnitState, unit: Properties, wanted: Address | None) -> HandMade | None:
    """None where nothing runs, or a release. `wanted`: where the next release is to listen."""
    if live['release'] is not None or not live['mainPid'] or live['unit'] != host.unit:
        return None
    listens = addresses_of(unit)
    return {
        'listens': listens,
        'user': show(host.unit, 'User').get('User') or 'root',
        'lost': lost_names(host),
        'directives': other_directives(host),
        'proxy': proxy_of(listens, wanted),
    }


def lost_names(host: Host) -> list[HandMadeLost]:
    """The names that only this unit sets. `file`: by an environment file that root has not allowed for releases."""
    given = {*environment_of(host), *newest_values(host)}
    texts = '\n'.join(map(read_plain, show(host.unit, 'DropInPaths').get('DropInPaths', '').split()))
    lines = re.findall(r'^\s*Environment\s*=(.*)$', texts.replace('\\\n', ' '), re.M)
    in_drop_ins = {name for line in lines for name in names_of(line)}
    found: dict[str, HandMadeLost] = {}
    for name in names_of(foreign(host.unit, 'Environment')):
        found[name] = {'name': name, 'file': None, 'dropIn': name in in_drop_ins}
    for path in environment_files(host.unit):
        if path not in host.policy['envFiles']:
            is_dropped_in = (
                re.search(rf'^\s*EnvironmentFile\s*=\s*-?{re.escape(path)}\s*$', texts, re.M) is not None
            )
            for name in filter(NAME.fullmatch, parse_environment(read_plain(path))):
                found[name] = {'name': name, 'file': path, 'dropIn': is_dropped_in}
    return [found[name] for name in sorted(found) if name not in given][:MOST_NAMES]


def names_of(environment: str) -> list[str]:
    """The names in the property as systemd tells it: `NAME=value "OTHER=two words"`."""
    try:
        words = shlex.split(environment)
    except ValueError:
        words = environment.split()
    found = (NAME.match(word) for word in words if '=' in word)
    return [match.group(0) for match in found if match and match.string[match.end()] == '=']


def environment_files(unit: str) -> list[str]:
    """In their order: systemd tells each on a line of its own."""
    out = run(['systemctl', 'show', unit, '-p', 'EnvironmentFiles'])[1]
    found = (re.match(r'EnvironmentFiles=(/.*?) \(ignore_errors=\w+\)$', line) for line in lines_of(out))
    return [match.group(1) for match in found if match][:20]


def read_plain(path: str) -> str:
    """The text of a plain file; empty for anything else, which might never answer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return ''
    try:
        is_plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, MOST_BYTES).decode(errors='replace') if is_plain else ''
    finally:
        os.close(descriptor)


def other_directives(host: Host) -> list[str]:
    """The names of directives of its file for which the unit of a release has nothing."""
    path = show(host.unit, 'FragmentPath').get('FragmentPath', '')
    found = (re.match(r'\s*([A-Z][A-Za-z]+)\s*=\s*\S', line) for line in read_plain(path).split('\n'))
    names = {match.group(1) for match in found if match}
    return sorted(name for name in names if not ANSWERED_FOR.fullmatch(name))[:20]


def addresses_of(unit: Properties) -> list[Address]:
    """Where the processes of the unit accept connections; the first ones in the kernel's order."""
    look = Look()
    rows = dict(listening())
    held = held_by(processes_of(unit, look), set(rows), look)
    found: list[Address] = []
    for inode in rows:
        if inode in held and rows[inode] not in found:
            found.append(rows[inode])
    return found[:MOST_ADDRESSES]


def listening() -> Iterator[tuple[str, Address]]:
    """(inode, address) of each socket of this host that accepts connections."""
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        for row in rows_of(table):
            if len(row) > 9 and row[3] == LISTENS:
                address, port = row[1].split(':')
                yield row[9], {'host': ip_of(address), 'port': int(port, 16)}
    for row in rows_of('/proc/net/unix'):
        # Flags 00010000: it accepts connections.
        if len(row) == 8 and row[3] == '00010000' and is_address({'socket': row[7]}):
            yield row[6], {'socket': row[7]}


def is_address(value: object) -> bool:
    try:
        check('address', value)
    except ValueError:
        return False
    return True


def rows_of(table: str) -> Iterator[list[str]]:
    try:
        with open(table, errors='replace') as file:
            for line in file.read(16 << 20).split('\n')[1:]:
                yield line.split()
    except OSError:
        return


def ip_of(address: str) -> str:
    """`0100007F` is 127.0.0.1: words of four bytes in the machine's own order."""
    import socket

    words = [address[at : at + 8] for at in range(0, len(address), 8)]
    packed = b''.join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    if packed[:12] == b'\0' * 10 + b'\xff\xff':
        packed = packed[12:]
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
