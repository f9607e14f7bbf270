"""The units that Landfall wrote for one service, and all that systemd keeps of them."""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE
from landfall_host.files import names_in, read_text, remove_file
from landfall_host.job_sweep import jobs_of
from landfall_host.overdue import END_PROPERTIES, end_overdue
from landfall_host.places import BOOT_UNITS, JOB_UNITS, UNPROVEN_UNITS
from landfall_host.process_files import name_in, target_name
from landfall_host.protocol import Refused
from landfall_host.run import must_run, run
from landfall_host.systemd import list_units, show_all
from landfall_host.unit_files import daemon_reload
from landfall_host.unit_texts import written_by_landfall
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

STAMPS = '/var/lib/systemd/timers'
# Workers may finish their tasks for hours. The caller waits for ten minutes in all.
STOP_SECONDS = 120


def is_name_of(host: Host, unit: str) -> bool:
    """Whether Landfall may write a unit of this name for this service."""
    return (
        unit in (host.unit, host.socket, target_name(host))
        or re.fullmatch(re.escape(host.stem) + f'@{RELEASE}\\.service', unit) is not None
        or name_in(host, unit) is not None
    )


def unit_files_of(host: Host) -> list[str]:
    """Paths of the unit files that Landfall wrote."""
    return [
        os.path.join(directory, name)
        for directory in (UNPROVEN_UNITS, BOOT_UNITS)
        for name in names_in(directory)
        if is_name_of(host, name) and written_by_landfall(read_text(os.path.join(directory, name)))
    ]


def job_files_of(host: Host) -> list[str]:
    pattern = rf'landfall-job-{re.escape(host.service)}-\d+-[a-z][a-z-]*-\d+\.service'
    return [os.path.join(JOB_UNITS, name) for name in names_in(JOB_UNITS) if re.fullmatch(pattern, name)]


def units_of(host: Host) -> list[str]:
    return sorted({os.path.basename(path) for path in unit_files_of(host)})


def running_units(host: Host) -> list[str]:
    """The units of Landfall's that are up, and jobs."""
    units = units_of(host)
    active = list_units(units) if units else []
    jobs = [(unit, state) for _, unit, state in jobs_of(host)]
    return sorted({unit for unit, state in [*active, *jobs] if state not in ('inactive', 'failed')})


def stop_units(host: Host) -> None:
    """Stops them all: first those that would start others again.

    Refuses when some have not ended within the time: they finish their work, and the same call continues.
    """
    first = [unit for unit in running_units(host) if unit.endswith(('.socket', '.timer', '.target'))]
    if first:
        must_run(['systemctl', 'stop', *first], 60)
    asked: set[str] = set()

    def all_ended() -> bool:
        running = set(running_units(host))
        if running - asked:
            must_run(['systemctl', 'stop', '--no-block', *sorted(running - asked)])
            asked.update(running)
        if running:
            end_overdue(show_all(sorted(running), END_PROPERTIES))
        return not running

    if not wait_until(all_ended, STOP_SECONDS, pause=0.05, longest_pause=0.5):
        left = ', '.join(running_units(host))
        raise Refused(
            'Busy',
            f'{left} did not end within {STOP_SECONDS} s. Run the same command again to continue, or end '
            f'the units at once: systemctl kill --signal=KILL {left.replace(",", "")}',
        )


def remove_units(host: Host) -> None:
    """Files, links that start them at boot, the timers' stamps, and systemd's own record of them."""
    units = units_of(host)
    for directory in names_in(BOOT_UNITS):
        if directory.endswith(('.wants', '.requires')):
            for name in set(names_in(os.path.join(BOOT_UNITS, directory))) & set(units):
                remove_file(os.path.join(BOOT_UNITS, directory, name))
    for stamp in names_in(STAMPS):
        if name_in(host, stamp[len('stamp-') :]) is not None:
            remove_file(os.path.join(STAMPS, stamp))
    jobs = job_files_of(host)
    for path in [*unit_files_of(host), *jobs]:
        remove_file(path)
    daemon_reload()
    run(['systemctl', 'reset-failed', *units, *map(os.path.basename, jobs)])


def drop_ins_of(host: Host) -> list[str]:
    """Directories with an administrator's settings for these units. Landfall writes none."""
    names = [
        name
        for name in names_in(BOOT_UNITS)
        if name.endswith('.d') and (name == host.stem + '@.service.d' or is_name_of(host, name[:-2]))
    ]
    return [os.path.join(BOOT_UNITS, name) for name in names]


def unit_before_landfall(host: Host) -> str | None:
    """The text of the unit that a person had written, and that a deploy replaced. The newest; None: there was none."""
    directory = os.path.join(host.var, 'units')
    kept = [name for name in names_in(directory) if name.startswith('foreign-') and name.endswith('Z')]
    return read_text(os.path.join(directory, kept[-1])) if kept else None
