"""Long commands as units of their own, found again by their name."""

from __future__ import annotations

import os
import time

from landfall_host.files import read_json, read_text, write_json
from landfall_host.job_end import ended_well, is_stopping
from landfall_host.job_sweep import RUNNING, forget_failures, forget_rounds_before, has_later_round, stop_job
from landfall_host.job_unit import remove_unit
from landfall_host.journal import said_by_systemd
from landfall_host.keep_output import NOTICE
from landfall_host.machine import boot_id, since_boot
from landfall_host.protocol import OUTPUT_LIMIT, Refused
from landfall_host.redaction import Redactor, tail
from landfall_host.releases import check_open, close_release, whole_release
from landfall_host.systemd import number, show
from landfall_host.url_logins import without_logins
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import JobRequest, JobState, JobStopRequest, JobWaitRequest, Stopped
    from landfall_host.shapes import JobEnd, JobFacts, Properties
    from landfall_host.state import Host


def verb_job(host: Host, ask: JobRequest, stdin: BinaryIO) -> JobState:
    if ask.get('venv') and ask['as'] != 'deploy':
        raise Refused('InvalidInput', 'Only a job of the deploying user builds an environment.')
    if ask.get('writesRelease') and ask['as'] != 'deploy':
        raise Refused('InvalidInput', 'Only a job of the deploying user writes into a release.')
    host.lock()
    host.check_claim(ask['claim'])
    whole_release(host, ask['release'])
    name = job_name(host, ask['claim']['fence'], ask['step'], ask['round'])
    if job_state(host, name)[0] == 'absent' and has_later_round(host, name):
        # The later round has replaced this one and removed its record. The two must not run alongside.
        return {**wait_for_job(host, name, 0), 'state': 'lost'}
    if job_state(host, name)[0] == 'absent':
        from landfall_host.job_start import start_job

        if ask['as'] == 'service':
            close_release(host, ask['release'])
        elif ask.get('writesRelease'):
            check_open(host, ask['release'])
        forget_rounds_before(host, name)
        start_job(host, ask, name)
    host.unlock()
    return wait_for_job(host, name, ask['waitMilliseconds'] / 1000)


def verb_job_wait(host: Host, ask: JobWaitRequest, stdin: BinaryIO) -> JobState:
    return wait_for_job(
        host, job_name(host, ask['fence'], ask['step'], ask['round']), ask['waitMilliseconds'] / 1000
    )


def verb_job_stop(host: Host, ask: JobStopRequest, stdin: BinaryIO) -> Stopped:
    host.lock()
    host.check_claim(ask['claim'])
    name = job_name(host, ask['claim']['fence'], ask['step'], ask['round'])
    state = job_state(host, name)[0]
    if state == 'absent':
        # The request that starts the job may still be on its way, over an old channel. Then it finds the job ended.
        os.makedirs(host.job(name), mode=0o700, exist_ok=True)
        write_json(result_of(host, name), {'result': 'signal', 'exitStatus': 15, 'at': since_boot()})
    host.unlock()
    if state == 'running':
        stop_job(host, name + '.service')
    return {'stopped': state == 'running'}


def job_name(host: Host, fence: int, step: str, round_number: int) -> str:
    return f'landfall-job-{host.service}-{fence}-{step}-{round_number}'


def result_of(host: Host, name: str) -> str:
    return os.path.join(host.job(name), 'result.json')


def job_state(host: Host, name: str, look_at_unit: bool = True) -> JobFacts:
    """The facts about a job now, without its output: (state, end, started)."""
    directory = host.job(name)
    started = read_json(os.path.join(directory, 'started'))
    end = read_json(result_of(host, name))
    if end or not started:
        return ('ended' if end else 'absent'), end, started
    if started['boot'] != boot_id():
        return 'lost', None, started
    if not look_at_unit:
        return 'running', None, started
    unit = show(
        name + '.service',
        'ActiveState',
        'Job',
        'Result',
        'ExecMainCode',
        'ExecMainStatus',
        'InvocationID',
        'ExecMainStartTimestampMonotonic',
    )
    end = read_json(result_of(host, name))  # it may have ended between the two looks
    if end:
        return 'ended', end, started
    if unit['ActiveState'] == 'failed' and not is_stopping():
        end = end_of_failed(host, name, unit)
        write_json(result_of(host, name), end)
        remove_unit(name)
        return 'ended', end, started
    # Job: systemd was asked to start it, and has not begun yet.
    if unit['ActiveState'] in RUNNING or unit.get('Job', '0') not in ('', '0'):
        return 'running', None, started
    # Gone without a result: its end is unknown if it ever began, which systemd has counted then.
    return ('lost' if read_text(os.path.join(directory, 'starts')) else 'absent'), None, started


def end_of_failed(host: Host, name: str, unit: Properties) -> JobEnd:
    """Of a unit whose end was not recorded: no such environment file, no room on the disk."""
    ran, status = unit['ExecMainStartTimestampMonotonic'] not in ('', '0'), number(unit['ExecMainStatus'])
    result = unit['Result'] if ran else 'resources'
    # The command ended well. The recording of its end has failed, or a process that the command left behind.
    stopped = os.path.exists(os.path.join(host.job(name), 'stop'))
    well = ran and unit['ExecMainCode'] == '1' and not stopped and ended_well(host.job(name), status)
    if well and result in ('timeout', 'exit-code', 'signal', 'core-dump'):
        result = 'success'
    return {
        'result': result,
        'exitStatus': status,
        'at': since_boot(),
        'unitFailed': True,
        'said': said_by_systemd(name + '.service', unit['InvocationID']),
    }


def wait_for_job(host: Host, name: str, seconds: float) -> JobState:
    """Answers as soon as the job ends. Looks for its result file every 10 ms at first and every 100 ms later."""
    looked = time.monotonic()
    state, end, started = job_state(host, name)

    def has_ended() -> bool:
        nonlocal looked, state, end, started
        look_at_unit = time.monotonic() - looked > 1
        looked = time.monotonic() if look_at_unit else looked
        state, end, started = job_state(host, name, look_at_unit)
        return state != 'running'

    if state == 'running':
        wait_until(has_ended, seconds, pause=0.01)
    if end and (end['result'] != 'success' or end.get('unitFailed')):
        forget_failures([name + '.service'])
    ended = end['at'] if end else since_boot()
    return {
        'name': name + '.service',
        'state': state,
        'result': end['result'] if end else None,
        'exitStatus': end['exitStatus'] if end else None,
        'elapsedMilliseconds': round(max(0.0, ended - started['at']) * 1000) if started else 0,
        'memoryMaxBytes': (started or {}).get('memoryMaxBytes'),
        'output': job_output(host, name, (end or {}).get('said', ''), whole=state != 'running'),
    }


def job_output(host: Host, name: str, said: str = '', whole: bool = True) -> str:
    """The end of what it printed, and what systemd said instead of running it; redacted, without logins in URLs."""
    redact = Redactor(host)
    try:
        with open(os.path.join(host.job(name), 'output'), 'rb') as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size - 4 * OUTPUT_LIMIT - redact.longest)
            file.seek(start)
            data = file.read(size - start)
    except FileNotFoundError:
        start, data = 0, b''
    text, cut = data.decode(errors='replace'), NOTICE.decode()
    # A secret that is cut in the middle would not be recognised. So the first line is left out where older output was
    # cut off, and the last one while the job still writes.
    if cut in text:
        start, text = 1, text[text.rindex(cut) + len(cut) :]
    if start:
        text = text.partition('\n')[2]
    text = redact.without_begun(text if whole else text[: max(text.rfind('\n'), text.rfind('\r')) + 1])
    # Before it is cut: half a login would not be recognised.
    return tail(without_logins(redact(text + said)), OUTPUT_LIMIT)
