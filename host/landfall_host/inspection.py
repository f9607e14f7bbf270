"""The facts about this host on which a deploy decides."""

from __future__ import annotations

import os

from landfall_host.accounts import account
from landfall_host.checkout_look import look_at_checkout, moved_facts
from landfall_host.children import CHILD_SECONDS, begin_as_user
from landfall_host.dependents import running_dependents
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.env_files import environment_findings
from landfall_host.files import names_in, read_text
from landfall_host.hand_made import hand_made
from landfall_host.interpreters import INTERPRETER_SECONDS, find_tools, for_service
from landfall_host.listeners import holder_of
from landfall_host.machine import boot_id, memory_available
from landfall_host.managed_env import newest_version
from landfall_host.process_state import facts_of_processes
from landfall_host.processes import memory_of
from landfall_host.protocol import VERSION
from landfall_host.proxy_facts import proxy_facts
from landfall_host.releases import kept_of_targets, public_record, records
from landfall_host.repair import leftovers
from landfall_host.running_file import running_digest
from landfall_host.sockets import socket_state
from landfall_host.space import spare_space
from landfall_host.unit import describe_unit, unit_that_serves
from landfall_host.unit_files import is_enabled
from landfall_host.unit_texts import is_alias, release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import (
        Address,
        HelperBuild,
        HostFacts,
        HostFactsManaged,
        InspectRequest,
        VersionRequest,
    )
    from landfall_host.shapes import StoredRelease, Tools
    from landfall_host.state import Host


def verb_version(host: Host, ask: VersionRequest, stdin: BinaryIO) -> HelperBuild:
    return {'version': VERSION, 'sha256': running_digest()}


def verb_inspect(host: Host, ask: InspectRequest, stdin: BinaryIO) -> HostFacts:
    home = account(host.deployer).pw_dir
    # Interpreters take as long to start as all the rest, which happens meanwhile.
    tools = begin_as_user(
        host.deployer, find_tools, ask['python'], home, seconds=INTERPRETER_SECONDS + CHILD_SECONDS
    )
    try:
        facts = facts_of(host, ask['address'])
        checkout = ask.get('checkout')
        if checkout is not None:
            facts['checkout'] = look_at_checkout(host, checkout)
    finally:
        found: Tools = tools()
    facts['interpreters'], facts['uv'] = for_service(host, found['interpreters']), found['uv']
    managed = managed_facts(host, records(host))
    if managed is not None:
        facts['managed'] = managed
    proxy = proxy_facts(host.service)
    if proxy is not None:
        facts['proxy'] = proxy
    moved = moved_facts(host)
    if moved is not None:
        facts['moved'] = moved
    return facts


def facts_of(host: Host, address: Address | None) -> HostFacts:
    """All facts but the interpreters and `uv`."""
    state = host.load()
    unit, others = unit_that_serves(host)
    live = describe_unit(host, unit, address, others)
    boots, space, known = read_text(host.boots), os.statvfs(host.base), records(host)
    before = hand_made(host, live, unit, address)
    facts: HostFacts = {
        'helper': {'version': VERSION, 'sha256': running_digest()},
        'hostname': os.uname().nodename,
        'bootId': boot_id(),
        'interpreters': [],
        'uv': None,
        'diskFreeBytes': space.f_bavail * space.f_frsize,
        'spare': spare_space(host, live['release']),
        'memoryAvailableBytes': memory_available(),
        'socket': socket_state(host),
        'liveMemoryBytes': memory_of(unit) if live['mainPid'] else None,
        'holder': holder_of(address) if address and live['listener'] == 'other' else None,
        'dropIns': bool(names_in(host.boots + '.d')),
        'warnings': privileged_drop_ins(host),
        'environment': environment_findings(host.policy['envFiles']),
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
        'dependents': running_dependents(host),
        'processes': facts_of_processes(host),
        'leftovers': [said for said, _ in leftovers(host, live)],
    }
    if before is not None:
        facts['handMade'] = before
    return facts


def managed_facts(host: Host, known: list[StoredRelease]) -> HostFactsManaged | None:
    """The versions of the managed environment; None: nothing was ever set."""
    newest = newest_version(host)
    releases = {entry['id']: entry.get('env') or 0 for entry in known}
    return None if newest is None else {'newest': newest, 'releases': releases}
