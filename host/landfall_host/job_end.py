"""Run by systemd (ExecStopPost) when a job's last process is gone: its result, on disk."""

from __future__ import annotations

import os
import re
import sys

from landfall_host.children import as_user
from landfall_host.contract import NAME
from landfall_host.files import read_json, read_text, write_json
from landfall_host.job_unit import remove_unit
from landfall_host.machine import since_boot
from landfall_host.places import VAR
from landfall_host.protocol import Refused
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping


def job_ended(directory: str, outcome: Mapping[str, str]) -> None:
    if not re.fullmatch(re.escape(VAR) + f'/{NAME}/jobs/landfall-job-[a-z0-9-]+', directory):
        sys.exit(f'landfall-host: {directory} is not a job')
    result, number = outcome.get('SERVICE_RESULT', ''), status_of(outcome)
    # A host that shuts down stops jobs. An exit status after that is not the job's own.
    if is_stopping():
        return
    # A job that ended well may have a unit that did not.
    failed = result != 'success'
    stopped = os.path.exists(os.path.join(directory, 'stop'))
    if (
        result == 'timeout'
        and not stopped
        and outcome.get('EXIT_CODE') == 'exited'
        and ended_well(directory, number)
    ):
        result = 'success'
    if result == 'success':
        # A job that `job-stop` has ended has not succeeded either.
        if was_killed(outcome) or 'EXIT_CODE' not in outcome or stopped:
            result, number = 'signal', number or 15
    elif 'EXIT_CODE' not in outcome:
        return  # the command was never run; `job` finds the failed unit, and what systemd says of it
    elif result in ('signal', 'exit-code') and ran_out_of_memory():
        result = 'oom-kill'
    builds = (read_json(os.path.join(directory, 'started')) or {}).get('builds')
    if builds:
        remove_empty(*builds)
    write_json(
        os.path.join(directory, 'result.json'),
        {'result': result, 'exitStatus': number, 'at': since_boot(), 'unitFailed': failed},
    )
    remove_unit(os.path.basename(directory))


def remove_empty(deployer: str, environment: str) -> None:
    """An installation that failed has emptied its environment; the directory itself it may not remove."""
    try:
        as_user(deployer, os.rmdir, environment, seconds=2)  # less than systemd lets this program run
    except (OSError, Refused):
        pass  # The environment is complete, or has parts that the next installation builds upon.


def ended_well(directory: str, status: int | None) -> bool:
    """Whether the command itself ended well and in time. Then a process that it left behind has failed."""
    started = read_json(os.path.join(directory, 'started')) or {}
    return status == 0 and (since_boot() - started.get('at', 0)) * 1000 < started.get(
        'timeoutMilliseconds', 0
    )


def is_stopping() -> bool:
    return run(['systemctl', 'is-system-running'])[1].strip() == 'stopping'


def was_killed(outcome: Mapping[str, str]) -> bool:
    return outcome.get('EXIT_CODE') in ('killed', 'dumped')


def status_of(outcome: Mapping[str, str]) -> int:
    """Exit status or number of the signal."""
    status = outcome.get('EXIT_STATUS', '')
    if was_killed(outcome):
        from signal import Signals  # takes longer than the rest, and most jobs just exit

        return int(Signals['SIG' + status]) if 'SIG' + status in Signals.__members__ else 0
    return int(status) if status.isdigit() else 0


def ran_out_of_memory() -> bool:
    """With cgroup v1 systemd does not notice that, and with v2 late. This process is in the job's cgroup."""
    groups = read_text('/proc/self/cgroup') or ''
    group = re.search(r'^\d+:(?:[a-z_,]+,)?memory(?:,[a-z_,]+)?:(/.*)$', groups, re.M)
    control = read_text(f'/sys/fs/cgroup/memory{group.group(1)}/memory.oom_control') if group else None
    unified = re.search(r'^0::(/.*)$', groups, re.M)
    events = read_text(f'/sys/fs/cgroup{unified.group(1)}/memory.events') if unified else None
    return bool(re.search(r'^oom_kill [1-9]', (control or '') + '\n' + (events or ''), re.M))
