"""A job's unit: what it runs, as whom, and within which limits."""
import os
import time

from landfall_host import keep_output
from landfall_host.files import remove_file, write_json
from landfall_host.machine import boot_id, memory_available
from landfall_host.places import HELPER
from landfall_host.redaction import environment_of
from landfall_host.run import CLEAN_ENVIRONMENT, must_run

# Of what is available when it starts, for a job without a limit of its own. What it takes beyond that,
# the live service would have to give up: a fifth is left for it to go on with.
SHARE_OF_MEMORY = 0.8
# Less than this is no import of any use: a shortage of the host's must not be told as a fault of the release.
LEAST_MEMORY = 256 << 20

# What makes a program load or write something before its first line: root's own parts of the unit must not have
# it from an environment file. The command gets it all the same, through env(1).
ROOT_WITHOUT = ('LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'LD_DEBUG', 'LD_DEBUG_OUTPUT', 'LD_PROFILE', 'LD_PROFILE_OUTPUT',
                'GCONV_PATH', 'LOCPATH', 'GLIBC_TUNABLES', 'MALLOC_TRACE', 'OPENSSL_CONF', 'OPENSSL_MODULES', 'ENV', 'BASH_ENV')


def start_job(host, ask, name, directory):
    """Starts it once: the marker says what a later request may conclude when the unit is gone."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    remove_file(os.path.join(directory, 'output'))
    share = int(SHARE_OF_MEMORY * memory_available())
    limit = ask['memoryMaxBytes'] or share and max(share, LEAST_MEMORY)
    write_json(os.path.join(directory, 'started'), {
        'boot': boot_id(), 'at': time.time(), 'timeoutSeconds': ask['timeoutSeconds'], 'memoryMaxBytes': limit or None})
    argv = ['systemd-run', '--quiet', '--no-block', '--no-ask-password', '--unit=' + name,
            '--description=Landfall: %s of %s' % (ask['step'], ask['release'])]
    for each in properties_of(host, ask, name, directory, limit):
        argv += ['-p', each]
    argv += ['--'] + [literal(argument) for argument in command_of(host, ask, name)]
    # systemd-run has the lock too: should this process be killed, nobody looks before the start is made.
    os.set_inheritable(host.held, True)
    must_run(argv)


def properties_of(host, ask, name, directory, limit):
    as_service = ask['as'] == 'service'
    properties = [
        'User=' + (host.user if as_service else host.deployer), 'WorkingDirectory=' + host.release(ask['release']),
        'RuntimeMaxSec=%d' % ask['timeoutSeconds'], 'TimeoutStopSec=5', 'KillMode=control-group',
        # Files that an installer links from the deploying user's cache keep their group: the service
        # reads them as "others". Nobody else gets into venvs/ or releases/ (mode 2750).
        'RuntimeDirectory=' + name, 'UMask=0022', 'NoNewPrivileges=yes',
        'OOMScoreAdjust=300',  # when memory runs out, the job goes before the service
        'StandardOutput=append:%s/output' % directory, 'StandardError=append:%s/output' % directory,
        # Counted by systemd before each start: none is missed, and a job has no hand in it. There is nothing
        # to quote in the path: the name of a job consists of letters, digits and dashes.
        # A second start finds the file, and is refused.
        'ExecStartPre=+/bin/sh -c "set -C; echo $$INVOCATION_ID > %s/starts"' % directory,
        'ExecStopPost=+%s --job-ended %s' % (HELPER, directory)]
    if as_service:
        properties += ['EnvironmentFile=' + path for path in host.policy['envFiles']]
        properties += ['UnsetEnvironment=' + ' '.join(ROOT_WITHOUT)]
    if limit:  # there is none where the kernel does not say what is available
        properties += ['MemoryMax=%d' % limit]
    if ask['memoryMaxBytes']:  # a small host without a limit of its own may need its swap to install anything
        properties += ['MemorySwapMax=0']
    return properties


# Opening a FIFO waits for the other side: the command begins when what keeps its output is there, and
# whoever keeps it outlives the SIGTERM that the rest of the unit gets, until all is said.
RUN = '''keeper=$1 fifo=$2
shift 2
/usr/bin/mkfifo -m 600 "$fifo" || exit
(trap '' TERM; exec /usr/bin/python3 -ISc "$keeper" <"$fifo") &
exec "$@" >"$fifo" 2>&1
'''


def command_of(host, ask, name):
    """Run as the job's user. `exec` makes its command the main process, whose end systemd reports.

    The request's variables go to the command through env(1), never into the unit: ExecStartPre and
    ExecStopPost run as root with the unit's environment, where an LD_PRELOAD would be the deploying
    user's code as root.
    """
    environment = {'PATH': host.release(ask['release']) + '/.venv/bin:' + CLEAN_ENVIRONMENT['PATH']}
    environment.update(ask['env'])
    environment['LANDFALL_RELEASE'] = ask['release']
    if ask['as'] == 'service':  # a file of root's wins over Environment=, as it does in the service's unit
        for variable_name, value in environment_of(host).items():
            environment.pop(variable_name, None)
            if variable_name in ROOT_WITHOUT:
                environment[variable_name] = value
    keeper = keep_output.__spec__.loader.get_source(keep_output.__name__)
    return (['/bin/sh', '-c', RUN, name, keeper, '/run/%s/landfall-output' % name, '/usr/bin/env', '--']
            + ['%s=%s' % pair for pair in environment.items()] + ask['argv'])


def literal(argument):
    """For an ExecStart= given over D-Bus: there systemd expands `$`, and neither `%` nor quotes."""
    return argument.replace('$', '$$')
