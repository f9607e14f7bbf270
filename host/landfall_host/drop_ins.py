"""Drop-ins of a service's units that run something with more rights than the service's user has.

Drop-ins are root's own, so the helper does not refuse them. But their commands start next to files that the deploying
user replaces, so root should know what they read.
"""

from __future__ import annotations

import os
import re

from landfall_host.files import names_in, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.state import Host

# Where systemd looks (systemd.unit(5)), without what it makes itself of `systemctl set-property`.
PLACES = (
    '/etc/systemd/system.control',
    '/run/systemd/system.control',
    '/run/systemd/transient',
    '/etc/systemd/system',
    '/etc/systemd/system.attached',
    '/run/systemd/system',
    '/run/systemd/system.attached',
    '/usr/local/lib/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
)
# `+`, `!` and `!!` among the signs in front of a command: systemd.service(5).
PRIVILEGED_EXEC = re.compile(r'\s*(Exec\w+)\s*=\s*[@:|-]*[+!]')
ROOTS = re.compile(
    r'\s*(?:(?:User|Group|SupplementaryGroups)\s*=\s*"?(?:0|root|)"?\s*$|PermissionsStartOnly\s*=\s*(?:1|y|yes|t|true|on)\s*$'
    r'|AmbientCapabilities\s*=\s*\S)',
    re.I,
)
# A socket unit runs its commands as root unless it is told otherwise.
SOCKET_EXEC = re.compile(r'\s*(Exec\w+)\s*=\s*\S')


def privileged_drop_ins(host: Host) -> list[str]:
    """A sentence for each line; the same file under two names of a place is told once."""
    found: dict[tuple[str, str], str] = {}
    for directory in directories_of(host):
        of_socket = directory.endswith('.socket.d')
        for name in names_in(directory):
            path = os.path.join(directory, name)
            if name.endswith('.conf'):
                for line in lines_in(path):
                    if (
                        PRIVILEGED_EXEC.match(line)
                        or ROOTS.match(line)
                        or (of_socket and SOCKET_EXEC.match(line))
                    ):
                        found.setdefault(
                            (os.path.realpath(path), line),
                            f'{path} has '
                            f'`{line.split("=")[0].strip() + "=" + line.split("=", 1)[1].strip()[:60]}`, '
                            f'which gives more rights than {host.user} has',
                        )
    return sorted(found.values())


def directories_of(host: Host) -> Iterator[str]:
    """Directories of drop-ins for the service's units and its socket, and of those for several units at once."""
    stems = [host.stem[: at + 1] for at, letter in enumerate(host.stem) if letter == '-']
    names = [host.unit, host.socket, host.stem + '@.service', 'service', 'socket'] + [
        stem + kind for stem in stems for kind in ('.service', '.socket', '@.service')
    ]
    instance = re.compile(re.escape(host.stem) + r'@[^/]*\.service\.d')
    for place in PLACES:
        instances = [name for name in names_in(place) if instance.fullmatch(name)]
        for name in [name + '.d' for name in names] + [
            name for name in instances if name != host.stem + '@.service.d'
        ]:
            if os.path.isdir(os.path.join(place, name)):
                yield os.path.join(place, name)


def lines_in(path: str) -> list[str]:
    """Directives, with continued lines joined; nothing of what cannot be read."""
    try:
        content = read_text(path) or ''
    except OSError:
        return []
    return [
        line for line in re.sub(r'\\\n', ' ', content).split('\n') if not line.lstrip().startswith(('#', ';'))
    ]
