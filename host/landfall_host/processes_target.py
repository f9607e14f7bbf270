"""The target that wants the live processes of a service, as the alias unit wants the live instance.

Until `mark-good` its text lies where no boot reads it. So a reboot brings back the processes of last good.
"""

from __future__ import annotations

from landfall_host.files import read_text, remove_file
from landfall_host.process_files import (
    boot_path,
    name_in,
    put_boot_target,
    put_text,
    target_in_force,
    unproven_path,
    wanted_in,
)
from landfall_host.process_units import target_text
from landfall_host.unit_files import daemon_reload, put_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.state import Host


def want(host: Host, units: Iterable[str]) -> bool:
    """Makes the target want exactly these, until the next boot. Whether that changes a file."""
    wanted, boots = target_text(host, units), read_text(boot_path(host))
    if boots is None and not wanted_in(wanted):
        return remove_file(unproven_path(host))
    return put_unit(unproven_path(host), None if boots == wanted else wanted)


def boot_processes(host: Host) -> None:
    """The live processes boot from now on. systemd knows the same text already."""
    text = target_in_force(host)
    put_boot_target(host, text if wanted_in(text) else None)
    if remove_file(unproven_path(host)):
        daemon_reload()


def boot_last_good_processes(host: Host) -> bool:
    """Of the processes that boot or are live, those of last good boot, and no others. Whether that changes a file.

    Last good is proven. An interrupted `mark-good` of another release leaves nothing of it to boot.
    """
    boots = read_text(boot_path(host))
    units = {}
    for text in (boots, target_in_force(host)):
        for unit in wanted_in(text):
            name = name_in(host, unit)
            if name and name.release == host.state['lastGood']:
                units[name.process] = unit
    in_force, wanted = target_in_force(host), target_text(host, units.values()) if units else None
    if boots == wanted:
        return False
    put_boot_target(host, wanted)
    put_text(unproven_path(host), None if in_force == wanted else in_force)
    return True


def boots_of_others(host: Host) -> list[str]:
    """Releases that are not last good, and of which processes boot."""
    names = [name_in(host, unit) for unit in wanted_in(read_text(boot_path(host)))]
    return sorted({name.release for name in names if name and name.release != host.state['lastGood']})


def forget_target(host: Host) -> None:
    """No process is live or boots any more."""
    put_boot_target(host, None)
    remove_file(unproven_path(host))
