"""The unit files of processes: which release, which process, which start, and which of them are live.

The number in a name rises with each start. So a release that is started again never meets its own earlier unit, which
may still finish its tasks for hours.
"""

from __future__ import annotations

import os
import re
from collections import namedtuple

from landfall_host.contract import RELEASE, TYPES
from landfall_host.files import names_in, read_text, remove_file, write_text
from landfall_host.instances import text_in_force
from landfall_host.places import BOOT_UNITS, UNPROVEN_UNITS
from landfall_host.systemd import list_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, NamedTuple

    from landfall_host.state import Host

    class Name(NamedTuple):
        """The parts of the name of a process's unit."""

        release: str
        process: str
        number: int
        kind: str

else:
    Name = namedtuple('Name', 'release process number kind')

PROCESS = TYPES['processName']['pattern']


def unit_name(host: Host, release: str, process: str, number: int, kind: str = 'service') -> str:
    return f'{host.stem}@{release}.{process}.{number}.{kind}'


def name_in(host: Host, unit: str) -> Name | None:
    """The parts of a name; None for a unit that is not a process's of this service."""
    match = re.fullmatch(
        re.escape(host.stem) + rf'@({RELEASE})\.({PROCESS})\.(\d{{1,9}})\.(service|timer)', unit
    )
    return Name(match.group(1), match.group(2), int(match.group(3)), match.group(4)) if match else None


def target_name(host: Host) -> str:
    return f'{host.stem}@processes.target'


def process_files(host: Host) -> dict[str, Name]:
    """The unit files of processes, of every release. Read without systemd: most services have none."""
    found = {unit: name_in(host, unit) for unit in names_in(BOOT_UNITS) if unit.startswith(host.stem + '@')}
    return {unit: name for unit, name in found.items() if name}


def remove_process_files(units: Iterable[str]) -> None:
    for unit in units:
        remove_file(os.path.join(BOOT_UNITS, unit))


def wanted_in(target: str | None) -> list[str]:
    """The units that a target's text wants."""
    return re.findall(r'^Wants=(\S+)$', target or '', re.M)


def unproven_path(host: Host) -> str:
    return os.path.join(UNPROVEN_UNITS, target_name(host))


def boot_path(host: Host) -> str:
    return os.path.join(BOOT_UNITS, target_name(host))


def live_processes(host: Host) -> dict[str, Name]:
    """Unit to its parts, of each that the target in force wants. None of it runs for certain."""
    found = {unit: name_in(host, unit) for unit in wanted_in(target_in_force(host))}
    return {unit: name for unit, name in found.items() if name}


def target_in_force(host: Host) -> str | None:
    return text_in_force(unproven_path(host), boot_path(host))


def put_boot_target(host: Host, text: str | None) -> None:
    put_text(boot_path(host), text)
    link = os.path.join(BOOT_UNITS, 'multi-user.target.wants', target_name(host))
    if text is None:
        remove_file(link)
    elif not os.path.lexists(link):
        os.makedirs(os.path.dirname(link), mode=0o755, exist_ok=True)
        os.symlink(boot_path(host), link)


def unmark_target(host: Host, before: str | None) -> None:
    """Undoes `boot_processes`: those before boot again. The live ones stay in force."""
    text = target_in_force(host)
    put_boot_target(host, before)
    put_text(unproven_path(host), None if text == before else text)


def put_text(path: str, text: str | None) -> None:
    """systemd learns of it with the next change of the processes, and knows the same units until then."""
    if text is None:
        remove_file(path)
    elif read_text(path) != text:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_text(path, text, 0o644)


def working_releases(host: Host) -> set[str]:
    """The releases of which a process works, also one that only finishes its tasks, or is to boot."""
    units = sorted(process_files(host))
    if not units:
        return set()
    working = {unit for unit, active in list_units(units) if active not in ('inactive', 'failed')}
    names = [name_in(host, unit) for unit in working] + list(live_processes(host).values())
    return {name.release for name in names if name}
