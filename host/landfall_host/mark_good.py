"""A release that passed a whole deploy becomes the one that boots; old ones go."""

from __future__ import annotations

import os
import re

from landfall_host.checkout_boot import drop_guard
from landfall_host.files import (
    link,
    names_in,
    now,
    read_text,
    remove_file,
    remove_tree,
    write_json,
    write_text,
)
from landfall_host.instances import in_force, socket_in_force
from landfall_host.job_sweep import forget_jobs_before
from landfall_host.managed_env import prune_versions
from landfall_host.places import BOOT_UNITS, GATES, UNPROVEN_UNITS
from landfall_host.process_files import boot_path
from landfall_host.process_verbs import forget_processes
from landfall_host.processes_target import boot_processes
from landfall_host.protocol import Refused
from landfall_host.releases import (
    in_use,
    lead_current_to,
    record_path,
    records,
    remove_release,
    whole_release,
)
from landfall_host.run import must_run
from landfall_host.running_file import GATE, of_running
from landfall_host.sockets import boot_socket, forget_boot_socket
from landfall_host.space import remove_unused_environments
from landfall_host.starting import check_places
from landfall_host.unit import serving_unit
from landfall_host.unit_files import daemon_reload, is_enabled, put_unit
from landfall_host.unit_texts import is_alias, release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import MarkGoodRequest, MarkGoodResult
    from landfall_host.state import Host


def verb_mark_good(host: Host, ask: MarkGoodRequest, stdin: BinaryIO) -> MarkGoodResult:
    release = ask['release']
    entry = whole_release(host, release)
    unit, active, runs = serving_unit(host, release)
    if (active, runs) != ('active', release):
        raise Refused(
            'CommandFailed',
            f'Release {release} does not run: {unit} is {active} with {runs or "no release"}.',
        )
    boots = read_text(host.boots)
    if release_in(in_force(host)) != release:
        raise Refused('InvalidInput', f'The unit {host.unit} in force does not start release {release}.')
    if boots is not None and release_in(boots) is None:
        write_text(os.path.join(host.var, 'units', 'foreign-' + now()), boots)
    check_places(host, socket_in_force(host))
    boot_what_is_in_force(host)
    if not is_enabled(host):
        must_run(['systemctl', 'enable', host.unit], 60)
    marked, kept = host.state['marked'], ask.get('kept', entry.get('kept'))
    if not marked or (marked['fence'], marked['release']) != (host.state['fence'], release):
        host.state['marked'] = {
            'fence': host.state['fence'],
            'release': release,
            'before': host.state['lastGood'],
            'first': not entry['good'],
            'kept': entry.get('kept'),
            'target': read_text(boot_path(host)),
            'checkout': host.state.get('checkout'),
        }
        host.save()
    boot_processes(host)
    if not entry['good']:
        # The rollback target of this release. A rollback to it does not change the target.
        entry = {**entry, 'good': now(), 'before': host.state['lastGood']}
    write_json(record_path(host, release), dict(entry, kept=kept))
    # Recorded and closed in one write: no run ever finds one without the other.
    host.state['lastGood'] = release
    host.close_claim(ask['outcome'])
    drop_guard(host)
    lead_current_to(host, release)
    link(os.path.join(host.base, 'last-good'), 'releases/' + release)
    try:
        return {'pruned': prune(host, release, ask['keep'])}
    except (OSError, Refused) as error:
        # The release is good nevertheless. The next deploy prunes again.
        return {'pruned': [f'not everything: {error}']}


def boot_what_is_in_force(host: Host) -> None:
    """In an order in which a power loss never leaves an alias unit without its socket."""
    text, changed = in_force(host), False
    if is_alias(text):
        changed = boot_socket(host)
    put_unit(host.boots, text)
    if not is_alias(text):
        changed = forget_boot_socket(host)
    if remove_file(host.unproven) or changed:
        daemon_reload()


def prune(host: Host, live: str | None, keep: int) -> list[str]:
    """Removes old releases, unused environments, and the jobs and unit backups of older deploys."""
    used, entries, pruned = in_use(host, host.state, live), records(host), []
    spare = [entry['id'] for entry in reversed(entries) if entry['id'] not in used]
    for release in spare[keep:]:
        remove_release(host, release)
        pruned.append(release)
    kept = [entry for entry in entries if entry['id'] not in pruned]
    pruned += ['venvs/' + name for name in remove_unused_environments(host, kept)]
    prune_versions(host, kept)
    forget_processes(host)
    forget_jobs_before(host, host.state['fence'])
    prune_gates()
    for name in names_in(os.path.join(host.var, 'units')):
        if name.isdigit() and int(name) < host.state['fence']:
            remove_tree(os.path.join(host.var, 'units', name))
    return pruned


def prune_gates() -> None:
    """Gates that neither this program nor any unit, of whichever service, names any more."""
    gates = {name for name in names_in(GATES) if re.fullmatch(r'gate-[0-9a-f]{12}', name)} - {
        os.path.basename(of_running(GATE))
    }
    for directory in (BOOT_UNITS, UNPROVEN_UNITS) if gates else ():
        for name in names_in(directory):
            if name.endswith('.service'):
                gates -= set(re.findall(r'gate-[0-9a-f]{12}', read_text(os.path.join(directory, name)) or ''))
    for name in gates:
        remove_tree(os.path.join(GATES, name))
