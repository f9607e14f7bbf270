"""Ending jobs, and forgetting those that no run will ask about any more."""

from __future__ import annotations

import os
import re

from landfall_host.files import names_in, read_json, remove_file, remove_tree, write_text
from landfall_host.job_unit import remove_unit
from landfall_host.places import JOB_UNITS
from landfall_host.run import must_run, run
from landfall_host.systemd import list_units, show
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# systemd's ActiveStates in which a job has processes.
RUNNING = ('active', 'activating', 'deactivating')
# A host where deploys failed for months has hundreds: one call for many of them, and arguments have a limit.
UNITS_PER_CALL = 500


def stop_job(host: Host, unit: str) -> None:
    """Ends its whole cgroup."""
    directory = host.job(unit[: -len('.service')])
    if os.path.isdir(directory) and not os.path.exists(os.path.join(directory, 'result.json')):
        write_text(os.path.join(directory, 'stop'), '')
    shown = show(unit, 'LoadState', 'ActiveState')
    if shown['LoadState'] == 'loaded' or shown['ActiveState'] in RUNNING:
        must_run(['systemctl', 'stop', unit])


def forget_failures(units: list[str]) -> None:
    """Resets units that have failed. Their results are on disk.

    systemd would keep the units, and call the whole host degraded, until an operator resets them.
    """
    parts = [units[first : first + UNITS_PER_CALL] for first in range(0, len(units), UNITS_PER_CALL)]

    def none_runs() -> bool:
        return not any(active in RUNNING for part in parts for _, active in list_units(part))

    # A job's result is written just before systemd itself calls the unit failed.
    wait_until(none_runs, 2)
    for part in parts:
        # Resets the units that are there, and fails when one of them is gone already.
        run(['systemctl', 'reset-failed', *part])


def stop_jobs_before(host: Host, fence: int) -> list[str]:
    """Ends what older deploys left running, also when its record is gone; returns the units that ran."""
    older = [(unit, active) for of, unit, active in jobs_of(host) if of < fence]
    running = [unit for unit, active in older if active in RUNNING]
    for unit in running:
        stop_job(host, unit)
    forget_failures([unit for unit, _ in older])  # No run asked how they ended.
    return running


def jobs_of(host: Host) -> list[tuple[int, str, str]]:
    """(fence, unit, ActiveState) of every job of this service that systemd knows."""
    return jobs_in(host, list_units([jobs_pattern(host)]))


def jobs_pattern(host: Host) -> str:
    return f'landfall-job-{host.service}-*'


def jobs_in(host: Host, units: list[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """The same, from units that systemd has listed."""
    found = ((fence_in(host, unit, '.service'), unit, active) for unit, active in units)
    return [(fence, unit, active) for fence, unit, active in found if fence is not None]


def forget_jobs_before(host: Host, fence: int) -> None:
    """Removes the records of jobs of older deploys, and units whose end was not recorded."""
    for unit in names_in(JOB_UNITS):
        of = fence_in(host, unit, '.service')
        if of is not None and of < fence:
            remove_file(os.path.join(JOB_UNITS, unit))
    for name in names_in(os.path.join(host.var, 'jobs')):
        of = fence_in(host, name)
        if of is not None and of < fence:
            remove_tree(host.job(name))


def fence_in(host: Host, name: str, end: str = '') -> int | None:
    """The fence in the name of a job of this service. No step has a digit, so `shop` never takes a job of `shop-1`."""
    match = re.fullmatch(rf'landfall-job-{host.service}-(\d+)-[a-z][a-z-]*-\d+{re.escape(end)}', name)
    return int(match.group(1)) if match else None


def round_in(job: str) -> tuple[str, int]:
    """(the name up to the round, the round)."""
    begin, _, last = job.rpartition('-')
    return begin + '-', int(last)


def has_later_round(host: Host, first: str) -> bool:
    begin, last = round_in(first)
    rounds = (
        name[len(begin) :] for name in names_in(os.path.join(host.var, 'jobs')) if name.startswith(begin)
    )
    return any(number.isdigit() and int(number) > last for number in rounds)


def forget_rounds_before(host: Host, first: str) -> None:
    """A new round is deliberate. No run asks for the earlier ones any more, and a long watch has thousands."""
    begin, last = round_in(first)
    for name in names_in(os.path.join(host.var, 'jobs')):
        if name.startswith(begin) and name[len(begin) :].isdigit() and int(name[len(begin) :]) < last:
            if (read_json(os.path.join(host.job(name), 'result.json')) or {}).get('result') != 'success':
                stop_job(host, name + '.service')  # an attempt before may have left it running
                forget_failures([name + '.service'])
            remove_unit(name)
            remove_tree(host.job(name))
