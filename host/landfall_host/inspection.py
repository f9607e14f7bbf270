"""The facts about this host on which a deploy decides."""

from __future__ import annotations

import os
import re

from landfall_host.accounts import account
from landfall_host.children import as_user
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.environments import INTERPRETER_SECONDS, ask_python, find_uv
from landfall_host.files import names_in, read_text
from landfall_host.helper_file import running_digest
from landfall_host.listeners import holder_of
from landfall_host.machine import boot_id, memory_available
from landfall_host.processes import memory_of
from landfall_host.protocol import VERSION
from landfall_host.releases import kept_of_targets, public_record, records
from landfall_host.repair import leftovers
from landfall_host.run import run
from landfall_host.sockets import socket_state
from landfall_host.systemd import number, show
from landfall_host.unit import unit_state
from landfall_host.unit_files import is_enabled
from landfall_host.unit_texts import is_alias, release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import HelperBuild, HostFacts, InspectRequest, VersionRequest
    from landfall_host.shapes import Interpreter
    from landfall_host.state import Host


def verb_version(host: Host, ask: VersionRequest, stdin: BinaryIO) -> HelperBuild:
    return {'version': VERSION, 'sha256': running_digest()}


def verb_inspect(host: Host, ask: InspectRequest, stdin: BinaryIO) -> HostFacts:
    state = host.load()
    live = unit_state(host, ask['address'])
    address = ask['address']
    python: Interpreter | None = as_user(
        host.deployer, ask_python, ask['python'], seconds=INTERPRETER_SECONDS + 1
    )
    version = re.search(r'\d+', run(['systemctl', '--version'])[1])
    boots, space, known = read_text(host.boots), os.statvfs(host.base), records(host)
    return {
        'helper': verb_version(host, ask, stdin),
        'hostname': os.uname().nodename,
        'bootId': boot_id(),
        'systemd': version and number(version.group()),
        'python': {'path': python['path'], 'version': python['version'], 'id': python['id']}
        if python
        else None,
        'uv': as_user(host.deployer, find_uv, account(host.deployer).pw_dir),
        'diskFreeBytes': space.f_bavail * space.f_frsize,
        'memoryAvailableBytes': memory_available(),
        'socket': socket_state(host),
        'liveMemoryBytes': memory_of(show(live['unit'], 'ControlGroup', 'MainPID'))
        if live['mainPid']
        else None,
        'holder': holder_of(address) if address and live['listener'] == 'other' else None,
        'dropIns': bool(names_in(host.boots + '.d')),
        'warnings': privileged_drop_ins(host),
        'policy': host.policy,
        'claim': state['claim'],
        'live': live,
        'boot': {
            'release': release_in(boots),
            'enabled': is_enabled(host),
            'foreign': boots is not None and release_in(boots) is None,
            'instance': is_alias(boots),
        },
        'lastGood': state['lastGood'],
        'releases': [public_record(entry) for entry in known],
        'kept': kept_of_targets(host, live['release'], known),
        'leftovers': [said for said, _ in leftovers(host, live)],
    }
