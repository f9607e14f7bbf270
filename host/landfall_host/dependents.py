"""Units that Landfall did not write, and that run from a service's live release.

A queue worker in `/srv/shop/current` runs the code of the release that was live when the worker started. When another
release takes over, such a unit is restarted. Only a unit that runs is restarted, and none that runs as root.
"""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE
from landfall_host.drop_ins import PLACES
from landfall_host.files import names_in, read_of_kernel, read_text
from landfall_host.processes import Look
from landfall_host.run import run
from landfall_host.systemd import number, show_all
from landfall_host.unit_texts import written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import (
        Claim,
        DependentUnit,
        DependentUnitDid,
        HostFactsDependents,
        SwitchRequestDependents,
    )
    from landfall_host.shapes import Properties
    from landfall_host.state import Host

PROPERTIES = (
    'Id',
    'ActiveState',
    'Type',
    'User',
    'MainPID',
    'WorkingDirectory',
    'ExecStart',
    'FragmentPath',
)
# A oneshot takes the live release at its next start, and a restart would interrupt its work.
RESTARTABLE = ('active', 'reloading')


def running_dependents(host: Host) -> list[HostFactsDependents]:
    """The units that run from this service's releases, each with the release that its main process is in."""
    return [{'unit': unit['Id'], 'release': release} for unit, release in dependents(host)]


def follow_live(
    host: Host, claim: Claim, release: str | None, policy: SwitchRequestDependents
) -> list[DependentUnit]:
    """Restarts the dependents after `current` has moved, unless `policy` is `leave`.

    Repeated for the same change, it restarts nothing again, and returns what was done.
    """
    this, last = [claim['fence'], claim['seq']], host.state.get('dependents')
    if last and last['by'] == this:
        return last['units']
    units: list[DependentUnit] = [
        {'unit': unit['Id'], 'did': follow(unit, policy)}
        for unit, runs in dependents(host)
        if runs is None or runs != release
    ]
    if units or last:
        host.state['dependents'] = {'by': this, 'units': units}
        host.save()
    return units


def follow(unit: Properties, policy: SwitchRequestDependents) -> DependentUnitDid:
    if unit.get('User', '') in ('', 'root', '0'):
        return 'root'
    if policy == 'leave':
        return 'left'
    return 'failed' if run(['systemctl', 'try-restart', '--no-block', unit['Id']])[0] else 'restarted'


def dependents(host: Host) -> list[tuple[Properties, str | None]]:
    within = processes_in_releases(host)
    names = named_in_files(host) | {unit for unit in map(unit_of, within) if unit}
    own = units_of_service(host)
    names = {name for name in names if not own.fullmatch(name)}
    found = []
    for unit in show_all(sorted(names), PROPERTIES) if names else ():
        release = within.get(number(unit.get('MainPID')) or 0)
        runs = unit.get('ActiveState') in RESTARTABLE and unit.get('Type') != 'oneshot'
        text = unit.get('WorkingDirectory', '') + ' ' + unit.get('ExecStart', '')
        ours = written_by_landfall(read_text(unit.get('FragmentPath') or '/nonexistent'))
        if 'Id' in unit and runs and not ours and (release or names_current(host).search(text)):
            found.append((unit, release))
    return sorted(found, key=lambda each: each[0]['Id'])


def names_current(host: Host) -> re.Pattern[str]:
    return re.compile(re.escape(host.base) + r'/current(?![A-Za-z0-9_.-])')


def named_in_files(host: Host) -> set[str]:
    """Service units whose files name `<base>/current`. Of a template: a pattern for its instances."""
    wanted, found = names_current(host), set()
    for directory in {os.path.realpath(place) for place in PLACES}:
        for name in names_in(directory):
            path = os.path.join(directory, name)
            drop_in = name.endswith('.service.d')
            files = [os.path.join(path, each) for each in names_in(path)] if drop_in else [path]
            if (drop_in or name.endswith('.service')) and any(wanted.search(text_of(file)) for file in files):
                found.add((name[: -len('.d')] if drop_in else name).replace('@.service', '@*.service'))
    return found


def text_of(path: str) -> str:
    try:
        return read_text(path) or ''
    except OSError:  # a directory, or a link in a circle
        return ''


def units_within(host: Host, folder: str) -> list[str]:
    """The units, besides the service's own, of the processes that work in this folder."""
    look, found = Look(), set()
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        if not look.goes_on():
            break
        try:
            place = os.readlink(f'/proc/{name}/cwd')
        except OSError:
            continue  # it ended meanwhile, or is a thread of the kernel
        if (place + '/').startswith(folder + '/'):
            found.add(unit_of(int(name)))
    own = units_of_service(host)
    return sorted(unit for unit in found if unit and not own.fullmatch(unit))


def units_of_service(host: Host) -> re.Pattern[str]:
    return re.compile(re.escape(host.stem) + r'(?:@.*)?\.service|landfall-job-.*')


def processes_in_releases(host: Host) -> dict[int, str]:
    """Process to release, for each process whose working directory is in a release of this service."""
    return dict(within_releases(host, Look()))


def within_releases(host: Host, look: Look) -> Iterator[tuple[int, str]]:
    below = re.compile(
        re.escape(os.path.realpath(host.releases)) + '/(' + RELEASE + r')(?:/.*| \(deleted\))?', re.S
    )
    for name in os.listdir('/proc'):
        if not name.isdigit():
            continue
        if not look.goes_on():
            return
        try:
            match = below.fullmatch(os.readlink(f'/proc/{name}/cwd'))
        except OSError:
            continue  # it ended meanwhile, or is a thread of the kernel
        if match:
            yield int(name), match.group(1)


def unit_of(pid: int) -> str | None:
    """The service unit that a process belongs to, by its control group; None for a login and a container."""
    for line in (read_of_kernel(f'/proc/{pid}/cgroup') or '').split('\n'):
        _, _, group = line.partition(':')
        controllers, _, path = group.partition(':')
        parts = path.split('/')
        if controllers in ('', 'name=systemd') and 'user.slice' not in parts:
            services = [part for part in parts if re.fullmatch(r'[A-Za-z0-9:_.\\@-]{1,247}\.service', part)]
            return services[-1] if services else None
    return None
