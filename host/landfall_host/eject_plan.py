"""The parts of an ejected service, worked out from the live release: units, files and paths."""

from __future__ import annotations

import os

from landfall_host.accounts import account, group_of
from landfall_host.children import as_user
from landfall_host.deploy_script import deploy_script
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.eject_parts import (
    address_of,
    address_words,
    configuration,
    free_name,
    headers_of,
    kept_paths,
    layer_words,
    packages_of,
    script_path,
)
from landfall_host.files import read_json, read_text
from landfall_host.instances import in_force, instance_path, socket_in_force
from landfall_host.interpreters import find_uv
from landfall_host.landfall_unit import LandfallUnit
from landfall_host.managed_env import managed_values
from landfall_host.places import BOOT_UNITS
from landfall_host.plain_checkout import LOOK_SECONDS, why_no_clone
from landfall_host.plain_server import plain_server
from landfall_host.plain_units import (
    PlainPlace,
    environment_text,
    service_text,
    socket_text,
    timer_text,
    unreadable,
)
from landfall_host.process_files import live_processes
from landfall_host.protocol import Refused
from landfall_host.releases import whole_release
from landfall_host.secret_values import environment_of
from landfall_host.unit import serving_unit
from landfall_host.unit_texts import is_alias, release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict

    from landfall_host.contract_types import Address, EjectRequest
    from landfall_host.state import Host

    class Ejection(TypedDict):
        """All that is to be, kept in root's `eject.json` from the first change on: a second call continues with it."""

        release: str
        commit: str
        # The checkout of `layout: in-place` is there already.
        inPlace: bool
        checkout: str
        inside: str
        repository: str | None
        whyCopy: str | None
        link: str
        environment: str
        envFile: str | None
        unit: str
        # Of the socket that stays; None: the service listens by itself.
        socket: str | None
        # Unit name to text: of each process and timer.
        processes: dict[str, str]
        # The process units of Landfall that end.
        old: list[str]
        values: dict[str, Any]
        gate: dict[str, Any]
        # Where the service listens.
        address: Address
        # Path in the checkout to a file that outlives commits. Known, as `made`, when the checkout is there.
        links: dict[str, str]
        made: bool
        keep: list[str]
        warnings: list[str]


# Variables that differ from start to start.
OF_A_START = ('PATH', 'PYTHONPATH', 'XDG_RUNTIME_DIR', 'PROMETHEUS_MULTIPROC_DIR')


def eject_file(host: Host) -> str:
    return os.path.join(host.var, 'eject.json')


def env_file(host: Host) -> str:
    return f'/etc/{host.service}/landfall.env'


def ejection_of(host: Host, ask: EjectRequest) -> Ejection:
    """From the live release. Refuses what cannot be ejected, with the way."""
    release = live_release(host)
    entry = whole_release(host, release)
    text = in_force(host)
    alongside = is_alias(text)
    own = LandfallUnit(
        host.instance(release) if alongside else host.unit,
        (read_text(instance_path(host, release)) if alongside else text) or '',
    )
    in_place = not own.directory.startswith(host.releases + '/')
    inside = '' if entry.get('folder') else ask['path'] or ''
    if in_place:
        checkout = own.directory[: -len('/' + ask['path'])] if ask['path'] else own.directory
    else:
        checkout = ask['checkout'] or os.path.join(host.base, 'app')
    app = own.directory if in_place else os.path.join(checkout, inside).rstrip('/')
    place = PlainPlace(host.release(release), app, checkout + '.venv')
    managed = managed_values(host, release)
    bad = unreadable(managed)
    if bad:
        raise Refused(
            'InvalidInput',
            f'systemd reads no control characters in an environment file, and {", ".join(bad)} of `landfall env` has '
            'some. Encode the value, set it again with `landfall env set`, and deploy.',
        )
    files = [*host.policy['envFiles'], *([env_file(host)] if managed else [])]
    given = {*environment_of(host), *managed}
    conf = as_user(host.deployer, configuration, own.directory, own.gate().get('configFile'))
    server = plain_server(own.argv, own.own.get('LANDFALL_APP'), own.gate(), {*own.env, *given}, conf)
    kind = 'notify' if server.tells else 'exec'
    argv = [place.moved(word) for word in server.argv]
    address = address_of(host, own, ask)
    stem, socket = host.stem, socket_in_force(host) if alongside else None
    processes, old, named = processes_of(host, place, files)
    why = (
        None
        if in_place
        else as_user(host.deployer, why_no_clone, ask['repository'], seconds=LOOK_SECONDS + 5)
    )
    home = account(host.deployer).pw_dir
    packages = packages_of(host, own.directory, ask)
    return {
        'release': release,
        'commit': entry['commit'],
        'inPlace': in_place,
        'checkout': checkout,
        'inside': inside,
        'repository': None if why else ask['repository'],
        'whyCopy': why,
        'link': place.venv,
        'environment': os.path.join(host.venvs, entry['venv']) if entry['venv'] else '',
        'envFile': environment_text(managed) if managed else None,
        'unit': service_text(
            own, place, host.unit, stem, argv, kind, files, host.socket if socket is not None else None
        ),
        'socket': None if socket is None else socket_text(socket, f'{stem}: where it listens'),
        'processes': processes,
        'old': old,
        'values': {
            'service': host.service,
            'script': script_path(host),
            'unit': host.unit,
            'processes': sorted(name for name, text in processes.items() if '\nRestart=' in text),
            'singletons': sorted(named[name] for name in ask['singletons'] if name in named),
            'user': host.user,
            'group': group_of(host.user),
            'deployer': host.deployer,
            'home': home,
            'checkout': checkout,
            'folder': app,
            'inside': os.path.relpath(app, checkout) if app != checkout else '',
            'venv': place.venv,
            'venvs': host.venvs,
            'app': own.own.get('LANDFALL_APP') or server.argv[-1],
            'address': address_words(address),
            'path': own.gate().get('path', '/'),
            'headers': headers_of(own.gate()),
            'check': own.gate().get('check', 'http'),
            'timeout': max(1, own.gate().get('timeoutMilliseconds', 60000) // 1000),
            'successes': own.gate().get('successes', 3),
            'envFiles': files,
            'env': [f'{name}={value}' for name, value in own.env.items() if name not in OF_A_START],
            'server': server.argv[2],
            'packages': packages,
            'build': ask['build'],
            'migrate': ask['migrate'] or [],
        },
        'gate': own.gate(),
        'address': address,
        'links': {},
        'made': False,
        'keep': kept_paths(host, entry, checkout, place.venv, files),
        'warnings': [
            *server.warnings,
            *(
                f'{words}: from now on such a command sees the variables of the service'
                for words in privileged_drop_ins(host)
            ),
            *layer_words(host, entry),
        ],
    }


def live_release(host: Host) -> str:
    """The release that serves and boots."""
    name, active, release = serving_unit(host)
    if read_text(host.unproven) is not None:
        raise Refused(
            'InvalidInput',
            f'{host.unit} was left in the middle of a deploy. Run `landfall doctor {host.service} --repair` first.',
        )
    if release is None or active != 'active' or release_in(in_force(host)) != release:
        raise Refused(
            'InvalidInput',
            f'No release of Landfall serves {host.service} here: {name} is {active}. There is nothing to eject; '
            '`landfall doctor` says how the host stands.',
        )
    return release


def processes_of(
    host: Host, place: PlainPlace, files: list[str]
) -> tuple[dict[str, str], list[str], dict[str, str]]:
    """(the plain units of the live processes by name, those of Landfall, process to its plain service)."""
    units: dict[str, str] = {}
    named: dict[str, str] = {}
    old: list[str] = []
    for unit, name in sorted(live_processes(host).items()):
        plain = free_name(f'{host.stem}-{name.process}')
        named[name.process] = plain + '.service'
        service = unit[: -len('.timer')] + '.service' if name.kind == 'timer' else unit
        parsed = LandfallUnit(service, read_text(os.path.join(BOOT_UNITS, service)) or '')
        kind = 'oneshot' if name.kind == 'timer' else 'exec'
        argv = [place.moved(word) for word in parsed.argv]
        words = f'{host.stem}: {name.process}'
        units[plain + '.service'] = service_text(parsed, place, plain + '.service', words, argv, kind, files)
        if name.kind == 'timer':
            timer = read_text(os.path.join(BOOT_UNITS, unit)) or ''
            units[plain + '.timer'] = timer_text(
                timer, f'{host.stem}: schedule of {name.process}', plain + '.service'
            )
            old.append(unit)
        else:
            old.append(service)
    return units, old, named


def script_of(host: Host, values: dict[str, Any], links: dict[str, str]) -> str:
    uv: str | None = as_user(host.deployer, find_uv, values['home'])
    shared = [f'{path}={target}' for path, target in sorted(links.items())]
    return deploy_script({**values, 'shared': shared}, uv)


def kept_ejection(host: Host) -> Ejection | None:
    found: Ejection | None = read_json(eject_file(host))
    return found
