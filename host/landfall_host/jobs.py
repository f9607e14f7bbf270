"""Long commands as transient units, found again by their name."""
import os
import re
import sys
import time

from landfall_host.fields import NAME
from landfall_host.files import names_in, now, read_json, read_text, remove_file, remove_tree, write_json, write_text
from landfall_host.journal import said_by_systemd
from landfall_host.places import HELPER, VAR
from landfall_host.protocol import OUTPUT_LIMIT
from landfall_host.redaction import Redactor, environment_of, tail
from landfall_host.releases import whole_release
from landfall_host.run import CLEAN_ENVIRONMENT, must_run, run
from landfall_host.unit import show

# systemd's ActiveStates in which a job has processes.
RUNNING = ('active', 'activating', 'deactivating')


def verb_job(host, ask, stdin):
    host.lock()
    host.check_claim(ask['claim'])
    whole_release(host, ask['release'])
    name = job_name(host, ask['claim']['fence'], ask['step'], ask['round'])
    if job_state(host, name)[0] == 'absent':
        start_job(host, ask, name, job_directory(host, name))
    host.unlock()
    return wait_for_job(host, name, ask['waitSeconds'])


def verb_job_wait(host, ask, stdin):
    return wait_for_job(host, job_name(host, ask['fence'], ask['step'], ask['round']), ask['waitSeconds'])


def verb_job_stop(host, ask, stdin):
    host.lock()
    host.check_claim(ask['claim'])
    host.unlock()
    name = job_name(host, ask['claim']['fence'], ask['step'], ask['round'])
    if job_state(host, name)[0] != 'running':
        return {'stopped': False}
    stop_job(host, name + '.service')
    return {'stopped': True}


def job_name(host, fence, step, round):
    return 'landfall-job-%s-%d-%s-%d' % (host.service, fence, step, round)


def job_directory(host, name):
    return os.path.join(host.var, 'jobs', name)


def boot_id():
    return read_text('/proc/sys/kernel/random/boot_id').strip()


def start_job(host, ask, name, directory):
    """Starts it once: the marker says what a later request may conclude when the unit is gone."""
    release = host.release(ask['release'])
    forget_rounds_before(host, ask)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    remove_file(os.path.join(directory, 'output'))
    started = {'boot': boot_id(), 'at': time.time(), 'running': False}
    write_json(os.path.join(directory, 'started'), started)
    as_service = ask['as'] == 'service'
    environment = {'PATH': release + '/.venv/bin:' + CLEAN_ENVIRONMENT['PATH']}
    environment.update(ask['env'])
    environment['LANDFALL_RELEASE'] = ask['release']
    if as_service:  # a file of root's wins over Environment=, as it does in the service's unit
        for variable_name in environment_of(host):
            environment.pop(variable_name, None)
    properties = [
        'User=' + (host.user if as_service else host.deployer), 'WorkingDirectory=' + release,
        'RuntimeMaxSec=%d' % ask['timeoutSeconds'], 'TimeoutStopSec=5', 'KillMode=control-group',
        # Files that an installer links from the deploying user's cache keep their group: the service
        # reads them as "others". Nobody else gets into venvs/ or releases/ (mode 2750).
        'RuntimeDirectory=' + name, 'UMask=0022', 'NoNewPrivileges=yes',
        'OOMScoreAdjust=300',  # when memory runs out, the job goes before the service
        'StandardOutput=append:%s/output' % directory, 'StandardError=append:%s/output' % directory,
        'ExecStopPost=+%s --job-ended %s' % (HELPER, directory)]
    if as_service:
        properties += ['EnvironmentFile=' + path for path in host.policy['envFiles']]
    if ask['memoryMaxBytes']:
        properties += ['MemoryMax=%d' % ask['memoryMaxBytes'], 'MemorySwapMax=0']
    # The request's variables go to the command through env(1), never into the unit: ExecStopPost runs as
    # root with the unit's environment, where an LD_PRELOAD would be the deploying user's code as root.
    command = ['/usr/bin/env', '--'] + ['%s=%s' % pair for pair in environment.items()] + ask['argv']
    argv = ['systemd-run', '--quiet', '--no-block', '--no-ask-password', '--unit=' + name,
            '--description=Landfall: %s of %s' % (ask['step'], ask['release'])]
    for each in properties:
        argv += ['-p', each]
    must_run(argv + ['--'] + [literal(argument) for argument in command])
    with open(os.path.join(directory, 'starts'), 'a') as file:
        file.write(now() + '\n')
    started['running'] = True
    write_json(os.path.join(directory, 'started'), started)


def forget_rounds_before(host, ask):
    """A new round is deliberate: nobody asks for the ones before any more, and a long watch has thousands."""
    begin = job_name(host, ask['claim']['fence'], ask['step'], 0)[:-1]
    for name in names_in(os.path.join(host.var, 'jobs')):
        if name.startswith(begin) and name[len(begin):].isdigit() and int(name[len(begin):]) < ask['round']:
            stop_job(host, name + '.service')  # an attempt before may have left it running
            forget_failure(name + '.service')
            remove_tree(job_directory(host, name))


def literal(argument):
    """For an ExecStart= given over D-Bus: there systemd expands `$`, and neither `%` nor quotes."""
    return argument.replace('$', '$$')


def job_state(host, name, look_at_unit=True):
    """What is known about a job now, without its output: (state, end, started)."""
    directory = job_directory(host, name)
    started = read_json(os.path.join(directory, 'started'))
    end = read_json(os.path.join(directory, 'result.json'))
    if end or not started:
        return ('ended' if end else 'absent'), end, started
    if started['boot'] != boot_id():
        return 'lost', None, started
    if not look_at_unit:
        return 'running', None, started
    unit = show(name + '.service', 'LoadState', 'ActiveState', 'Result', 'ExecMainStatus', 'InvocationID')
    end = read_json(os.path.join(directory, 'result.json'))  # it may have ended between the two looks
    if end:
        return 'ended', end, started
    if unit['LoadState'] == 'loaded' and unit['ActiveState'] == 'failed':
        # It could not even run what records its end (no such directory, no environment file).
        end = {'result': unit['Result'], 'exitStatus': int(unit['ExecMainStatus']), 'at': time.time(),
               'said': said_by_systemd(name + '.service', unit['InvocationID'])}
        write_json(os.path.join(directory, 'result.json'), end)
        return 'ended', end, started
    if unit['LoadState'] == 'loaded':
        return 'running', None, started
    # Gone without a result: it ran and its end is unknown, or the start itself was torn off.
    return ('lost' if started['running'] else 'absent'), None, started


def wait_for_job(host, name, seconds):
    """Answers as soon as it ends: a result is a file, looked for every 10 ms at first and every 100 ms later."""
    limit, pause, looked = time.monotonic() + seconds, 0.01, time.monotonic()
    state, end, started = job_state(host, name)
    while state == 'running' and time.monotonic() < limit:
        time.sleep(min(pause, max(0.0, limit - time.monotonic())))
        pause = min(pause * 1.2, 0.1)
        look_at_unit = time.monotonic() - looked > 1
        looked = time.monotonic() if look_at_unit else looked
        state, end, started = job_state(host, name, look_at_unit)
    if end and end['result'] != 'success':
        forget_failure(name + '.service')
    ended = end['at'] if end else time.time()
    return {'name': name + '.service', 'state': state, 'result': end['result'] if end else None,
            'exitStatus': end['exitStatus'] if end else None,
            'elapsedSeconds': round(max(0.0, ended - started['at']), 3) if started else 0,
            'output': job_output(host, name, (end or {}).get('said', ''))}


def job_output(host, name, said=''):
    """The end of what it printed, and what systemd said instead of running it; redacted."""
    redact = Redactor(host)
    try:
        with open(os.path.join(job_directory(host, name), 'output'), 'rb') as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size - 4 * OUTPUT_LIMIT - redact.longest)
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        start, data = 0, b''
    # What was cut off in the middle of a secret would not be recognised.
    return tail(redact(data[redact.longest if start else 0:].decode(errors='replace') + said), OUTPUT_LIMIT)


def job_ended(directory, outcome):
    """Run by systemd (ExecStopPost) when a job's last process is gone: its result, on disk."""
    from signal import Signals
    if not re.fullmatch(re.escape(VAR) + '/%s/jobs/landfall-job-[a-z0-9-]+' % NAME, directory):
        sys.exit('landfall-host: %s is not a job' % directory)
    result, status = outcome.get('SERVICE_RESULT', ''), outcome.get('EXIT_STATUS', '')
    killed = outcome.get('EXIT_CODE') in ('killed', 'dumped')
    if killed:
        number = int(Signals['SIG' + status]) if 'SIG' + status in Signals.__members__ else 0
    else:
        number = int(status) if status.isdigit() else 0
    if result == 'success':
        # A host that shuts down stops jobs, and so does `job-stop`; neither is a success of the job.
        if run(['systemctl', 'is-system-running'])[1].strip() == 'stopping':
            return
        if killed or os.path.exists(os.path.join(directory, 'stop')):
            result, number = 'signal', number or 15
    write_json(os.path.join(directory, 'result.json'), {'result': result, 'exitStatus': number, 'at': time.time()})


def forget_failure(unit):
    """Its result is on disk; systemd would keep the unit, and call the whole host degraded, until somebody resets it."""
    limit = time.monotonic() + 2
    # The result is written just before systemd itself calls the unit failed.
    while show(unit, 'ActiveState')['ActiveState'] not in ('failed', 'inactive') and time.monotonic() < limit:
        time.sleep(0.02)
    run(['systemctl', 'reset-failed', unit])  # fails when the unit is gone already


def jobs_of(host):
    """(fence, unit, ActiveState) of every job of this service that systemd knows."""
    pattern = re.compile(r'landfall-job-%s-(\d+)-[a-z][a-z-]*-\d+\.service' % host.service)
    out = run(['systemctl', 'list-units', '--all', '--plain', '--no-legend', 'landfall-job-%s-*' % host.service])[1]
    found = []
    for line in out.splitlines():
        columns = line.split()
        match = pattern.fullmatch(columns[0]) if len(columns) > 2 else None
        if match:
            found.append((int(match.group(1)), columns[0], columns[2]))
    return found


def stop_job(host, unit):
    directory = job_directory(host, unit[:-len('.service')])
    if os.path.isdir(directory) and not os.path.exists(os.path.join(directory, 'result.json')):
        write_text(os.path.join(directory, 'stop'), '')
    if show(unit, 'LoadState')['LoadState'] == 'loaded':
        must_run(['systemctl', 'stop', unit])
