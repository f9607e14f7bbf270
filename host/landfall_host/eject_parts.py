"""Parts of an ejected service: its packages, its address, names of its units, and the paths that it needs."""

from __future__ import annotations

import json
import os
import re

from landfall_host.children import as_user
from landfall_host.files import names_in, read_text
from landfall_host.home import made_home
from landfall_host.instances import in_force, socket_in_force
from landfall_host.places import BOOT_UNITS
from landfall_host.plain_units import HEADING
from landfall_host.protocol import Refused
from landfall_host.releases import environments_of
from landfall_host.unit_texts import address_in, is_alias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import Address, EjectRequest
    from landfall_host.landfall_unit import LandfallUnit
    from landfall_host.shapes import StoredRelease
    from landfall_host.state import Host


def script_path(host: Host) -> str:
    return os.path.join(host.base, 'deploy.sh')


def free_name(stem: str) -> str:
    """A unit of a person that has this name stays as it is."""
    for name in (stem, *(f'{stem}-{number}' for number in range(2, 10))):
        if all(
            text is None or text.startswith(HEADING)
            for text in (read_text(os.path.join(BOOT_UNITS, name + kind)) for kind in ('.service', '.timer'))
        ):
            return name
    raise Refused(
        'InvalidInput', f'The names {stem}.service and {stem}-2.service to {stem}-9.service are all taken.'
    )


def packages_of(host: Host, directory: str, ask: EjectRequest) -> dict[str, Any]:
    """How the packages of the live release are listed: written in landfall.yaml, or the first file that it has."""
    found: list[str] = as_user(host.deployer, names_in, directory)
    options, kind, files = [], 'project', list(ask['requirements'])
    if files:
        kind = 'requirements'
    else:
        for lock, name in (('uv.lock', 'uv'), ('poetry.lock', 'poetry'), ('pdm.lock', 'pdm')):
            if lock in found:
                kind = name
                break
        else:
            if 'requirements.txt' in found:
                kind, files = 'requirements', ['requirements.txt']
    if kind == 'uv':
        options = [word for name in ask['groups'] for word in ('--group', name)]
        options += [word for name in ask['extras'] for word in ('--extra', name)]
    elif kind == 'poetry':
        options = [word for name in ask['groups'] for word in ('--with', name)]
        options += [word for name in ask['extras'] for word in ('--extras', name)]
    elif kind == 'pdm':
        options = [word for name in [*ask['groups'], *ask['extras']] for word in ('--group', name)]
    return {'kind': kind, 'files': files, 'options': options, 'extras': list(ask['extras'])}


def address_of(host: Host, own: LandfallUnit, ask: EjectRequest) -> Address:
    """Where systemd listens for the live release, or its own command says."""
    found = address_in(socket_in_force(host)) if is_alias(in_force(host)) else None
    return found or listened_in(own.argv) or ask['address']


def listened_in(argv: list[str]) -> Address | None:
    """The address in the words of a server that listens by itself."""
    options = dict(zip(argv, argv[1:]))
    bind = options.get('--bind', '')
    if bind.startswith('unix:') or '--uds' in options:
        return {'socket': options.get('--uds') or bind[len('unix:') :]}
    match = re.fullmatch(r'\[?([^\]]+?)\]?:(\d+)', bind)
    if match:
        return {'host': match.group(1), 'port': int(match.group(2))}
    if '--host' in options and options.get('--port', '').isdigit():
        return {'host': options['--host'], 'port': int(options['--port'])}
    return None


def address_words(address: Any) -> str:
    if 'socket' in address:
        return str(address['socket'])
    return ('[%s]:%s' if ':' in address['host'] else '%s:%s') % (address['host'], address['port'])


def headers_of(gate: dict[str, Any]) -> str:
    return json.dumps(gate.get('headers') or {}, sort_keys=True)


def layer_words(host: Host, entry: StoredRelease) -> list[str]:
    if len(environments_of(entry)) < 2:
        return []
    return [
        f'the packages of the project itself are installed from {host.release(entry["id"])}; the first deploy.sh '
        'installs them from the checkout'
    ]


def kept_paths(host: Host, entry: StoredRelease, checkout: str, link: str, files: list[str]) -> list[str]:
    """The paths that the ejected units need. `landfall setup --remove` leaves it."""
    layered = len(environments_of(entry)) > 1
    found = [checkout, link, script_path(host), host.venvs, host.shared, *files]
    found += [host.release(entry['id'])] if layered else []
    return sorted([*found, *([made_home(host)] if os.path.isdir(made_home(host)) else [])])


def configuration(directory: str, file: str | None) -> str:
    """As the deploying user: the text of the project's Gunicorn configuration; empty where there is none."""
    path = os.path.join(directory, file or 'gunicorn.conf.py')
    try:
        with open(path, errors='replace') as opened:
            return opened.read(1 << 20)
    except OSError:
        return ''
