"""Run by systemd (ExecStopPost) when a job's last process is gone: its result, on disk."""
import os
import re
import sys
import time

from landfall_host.fields import NAME
from landfall_host.files import read_text, write_json
from landfall_host.places import VAR
from landfall_host.run import run


def job_ended(directory, outcome):
    if not re.fullmatch(re.escape(VAR) + '/%s/jobs/landfall-job-[a-z0-9-]+' % NAME, directory):
        sys.exit('landfall-host: %s is not a job' % directory)
    result, number = outcome.get('SERVICE_RESULT', ''), status_of(outcome)
    if result == 'success':
        # A host that shuts down stops jobs, and so does `job-stop`; neither is a success of the job.
        if run(['systemctl', 'is-system-running'])[1].strip() == 'stopping':
            return
        if was_killed(outcome) or 'EXIT_CODE' not in outcome or os.path.exists(os.path.join(directory, 'stop')):
            result, number = 'signal', number or 15
    elif 'EXIT_CODE' not in outcome:
        return  # the command was never run; `job` finds the failed unit, and what systemd says of it
    elif result in ('signal', 'exit-code') and ran_out_of_memory():
        result = 'oom-kill'
    write_json(os.path.join(directory, 'result.json'), {'result': result, 'exitStatus': number, 'at': time.time()})


def was_killed(outcome):
    return outcome.get('EXIT_CODE') in ('killed', 'dumped')


def status_of(outcome):
    """Exit status or number of the signal."""
    status = outcome.get('EXIT_STATUS', '')
    if was_killed(outcome):
        from signal import Signals  # takes longer than the rest, and most jobs just exit
        return int(Signals['SIG' + status]) if 'SIG' + status in Signals.__members__ else 0
    return int(status) if status.isdigit() else 0


def ran_out_of_memory():
    """Where memory is still counted by cgroup v1, systemd does not notice. This process is in the job's cgroup."""
    group = re.search(r'^\d+:(?:[a-z_,]+,)?memory(?:,[a-z_,]+)?:(/.*)$', read_text('/proc/self/cgroup') or '', re.M)
    control = read_text('/sys/fs/cgroup/memory%s/memory.oom_control' % group.group(1)) if group else None
    return bool(re.search(r'^oom_kill [1-9]', control or '', re.M))
