"""Starting the processes of a release once, and whether each is up."""

from __future__ import annotations

import os
import time

from landfall_host.env_files import given_to
from landfall_host.files import read_json, write_json, write_text
from landfall_host.jobs import job_name, job_output, job_state
from landfall_host.managed_env import file_of
from landfall_host.places import BOOT_UNITS
from landfall_host.process_files import Name, name_in, unit_name
from landfall_host.process_state import PROPERTIES, Process, newest, processes_now, state_of
from landfall_host.process_units import service_text, settings_of, timer_text
from landfall_host.protocol import Refused
from landfall_host.releases import record_path
from landfall_host.run import run
from landfall_host.starting import start_unit
from landfall_host.systemd import number, show_all
from landfall_host.unit_files import daemon_reload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import Claim, JobRequest, StartedProcess, UnitRequest
    from landfall_host.shapes import StoredProcesses, UnitValues
    from landfall_host.state import Host

# Runs a command again until it succeeds. The limit of the job ends it.
UNTIL_IT_SUCCEEDS = ['/bin/sh', '-c', 'until "$@"; do sleep 1; done', 'sh']


def start_missing(
    host: Host, claim: Claim, release: str, stored: StoredProcesses, names: list[str]
) -> dict[str, str]:
    """The unit of each process, by name; those that do not run are started. Repeated, it starts nothing twice."""
    this, last = [claim['fence'], claim['seq']], host.state.get('processes')
    units = dict(last['units']) if last and last['by'] == this else {}
    now, before = processes_now(host), dict(units)
    for name in names:
        if name not in units:
            runs = newest([each for each in now if each.is_alive], release, name)
            units[name] = runs.unit if runs else new_unit(host, release, name, stored, now)
    if units != before:
        host.state['processes'] = {'by': this, 'units': units}
        host.save()
    # An earlier attempt may have been interrupted before systemd was told.
    shown = {each['Id']: each for each in show_all(sorted(units.values()), PROPERTIES)}
    unread = [unit for unit in units.values() if shown.get(unit, {}).get('LoadState') != 'loaded']
    if unread:
        daemon_reload()
    begin = [unit for unit in sorted(units.values()) if not shown.get(unit, {}).get('InvocationID')]
    if begin:
        start_unit(host, 'start', *begin)
    return units


def new_unit(host: Host, release: str, process: str, stored: StoredProcesses, now: list[Process]) -> str:
    """Writes the files of a further start of a process, and returns the name of its unit."""
    host.state['starts'] = host.state.get('starts', 0) + 1
    host.save()
    name = Name(release, process, host.state['starts'], 'service')
    unit, values = unit_name(host, *name), stored['units'][process]
    # systemd starts a run of a schedule when the run before it has ended, also of another release.
    earlier = [each.unit for each in now if each.name.process == process and each.name.kind == 'service']
    after = earlier[-20:] if values['schedule'] is not None else []
    text = service_text(
        host, stored['group'], name, stored, given_to(host, release), after, file_of(host, release)
    )
    write_text(os.path.join(BOOT_UNITS, unit), text, 0o644)
    if values['schedule'] is not None:
        timer = unit_name(host, release, process, name.number, 'timer')
        write_text(os.path.join(BOOT_UNITS, timer), timer_text(host, name, values), 0o644)
    return unit


def started_states(
    host: Host, claim: Claim, stored: StoredProcesses, units: dict[str, str]
) -> dict[str, StartedProcess]:
    shown = {each['Id']: each for each in show_all(sorted(units.values()), PROPERTIES)}
    states: dict[str, StartedProcess] = {}
    for process, unit in units.items():
        name = name_in(host, unit)
        if name and process in stored['units']:
            found = Process(name, shown.get(unit, {'Id': unit}))
            states[process] = judge(host, claim, stored, found)
    return states


def judge(host: Host, claim: Claim, stored: StoredProcesses, process: Process) -> StartedProcess:
    """`up`, `failed` or `starting`, and why. systemd starts a failed process again, which does not cure it."""
    values, state = stored['units'][process.name.process], state_of(process)
    ours = process.unit in (host.state.get('processes') or {'units': {}})['units'].values()
    if state['restarts'] and ours:
        return {'unit': state, 'state': 'failed', 'status': how_it_ended(process)}
    if process.active in ('failed', 'inactive'):
        return {'unit': state, 'state': 'failed', 'status': how_it_ended(process)}
    since = number(process.shown.get('ActiveEnterTimestampMonotonic')) or 0
    if process.active != 'active' or not state['mainPid'] or not since:
        return {'unit': state, 'state': 'starting', 'status': f'it is {process.active}'}
    if values['ready'] is not None:
        return ready(host, claim, stored, process)
    stable = values['stableMilliseconds'] / 1000
    if time.monotonic() - since / 1e6 < stable:
        words = f'it has to stay up for {stable:g} s (processes.{process.name.process}.stable)'
        return {'unit': state, 'state': 'starting', 'status': words}
    return {'unit': state, 'state': 'up', 'status': ''}


def how_it_ended(process: Process) -> str:
    """systemd resets these words at the next start, so that the journal may be needed to tell."""
    result, status = process.shown.get('Result', ''), process.shown.get('ExecMainStatus', '0')
    if result == 'oom-kill':
        return 'it was killed because memory ran out'
    if result == 'signal':
        return f'it was ended by signal {status}'
    if result == 'exit-code' or status not in ('0', ''):
        return f'it ended with exit status {status}'
    return 'it ended, and systemd had to start it again'


def ready(host: Host, claim: Claim, stored: StoredProcesses, process: Process) -> StartedProcess:
    """Its `ready` command runs as a job, as the service, until it succeeds once."""
    values, state = stored['units'][process.name.process], state_of(process)
    asked = values['ready']
    if asked is None:
        return {'unit': state, 'state': 'up', 'status': ''}
    # The step of a job has no digits, and a process may have.
    step = 'ready-' + chr(ord('a') + sorted(stored['units']).index(process.name.process))
    job = job_name(host, claim['fence'], step, process.name.number)
    if job_state(host, job)[0] == 'absent':
        start_ready(host, claim, stored, process, step, job)
    found, end, _ = job_state(host, job)
    if end and end['result'] == 'success':
        return {'unit': state, 'state': 'up', 'status': ''}
    key = f'processes.{process.name.process}.ready.timeout'
    if found == 'running':
        words = f'its ready command has not succeeded yet ({key})'
        return {'unit': state, 'state': 'starting', 'status': words}
    said = [line for line in job_output(host, job).split('\n') if line.strip()]
    limit = asked['timeoutMilliseconds'] / 1000
    words = f'its ready command did not succeed within {limit:g} s ({key})'
    return {'unit': state, 'state': 'failed', 'status': f'{words}: {said[-1][:300]}' if said else words}


def start_ready(
    host: Host, claim: Claim, stored: StoredProcesses, process: Process, step: str, job: str
) -> None:
    from landfall_host.job_start import start_job

    values = stored['units'][process.name.process]
    asked = values['ready']
    settings = settings_of(host, process.name, stored, given_to(host, process.name.release))
    variables = dict(setting.split('=', 1) for setting in settings)
    variables['LANDFALL_PHASE'] = 'ready'
    # Its runtime directory is the process's own, and the job has another one.
    variables.pop('XDG_RUNTIME_DIR', None)
    request: JobRequest = {
        'claim': claim,
        'step': step,
        'round': process.name.number,
        'as': 'service',
        'release': process.name.release,
        'argv': [*UNTIL_IT_SUCCEEDS, *(asked['argv'] if asked else [])],
        'env': variables,
        'timeoutMilliseconds': asked['timeoutMilliseconds'] if asked else 1,
        'memoryMaxBytes': None,
        'waitMilliseconds': 0,
    }
    host.lock()
    try:
        host.check_claim(claim)
        if job_state(host, job)[0] == 'absent':
            start_job(host, request, job)
    finally:
        host.unlock()


def ended_states(states: dict[str, StartedProcess]) -> bool:
    """Whether all are up, or one has failed: nothing more is to be waited for."""
    return any(each['state'] == 'failed' for each in states.values()) or all(
        each['state'] == 'up' for each in states.values()
    )


def keep_processes(host: Host, ask: UnitRequest, group: str) -> None:
    """Keeps in the record of a release how its processes run. A rollback starts them as they were."""
    units = ask['process'].get('processes') or {}
    entry = read_json(record_path(host, ask['release']))
    if not units and not entry.get('processes'):
        return
    check_schedules({process: unit['schedule'] for process, unit in units.items() if unit['schedule']})
    values: UnitValues = {
        'release': ask['release'],
        'commit': ask['commit'],
        'address': ask['address'],
        'process': {name: value for name, value in ask['process'].items() if name != 'processes'},  # type: ignore[typeddict-item]  # it is optional
    }
    kept: StoredProcesses = {'units': units, 'values': values, 'group': group}
    if entry.get('processes') != kept:
        write_json(record_path(host, ask['release']), {**entry, 'processes': kept})


def check_schedules(schedules: dict[str, str]) -> None:
    """Refuses a calendar that systemd does not understand, before anything is written."""
    for process, schedule in schedules.items():
        status, _, said = run(['systemd-analyze', 'calendar', '--', schedule])
        if status and status != 127:
            raise Refused(
                'InvalidInput',
                f'processes.{process}.schedule: systemd does not understand {schedule!r} '
                f'({said.strip()[:200]}). Try it on the host: systemd-analyze calendar {schedule!r}',
            )
