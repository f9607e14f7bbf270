"""A job's unit file: as whom it runs, and within which limits.

The unit is a file in /run and not a transient unit. systemd 252 loses the root commands (ExecStopPost=+…) of a
transient unit at a daemon-reload. The end of a running job would then not be recorded. A file is read again as it
was written. Every value in the file is root's, a number, or made of letters, digits and dashes. So nothing has to
be quoted. The request's command stands in a file of its own, which only `job_command` reads.
"""

from __future__ import annotations

import os

from landfall_host.env_files import given_to
from landfall_host.files import remove_file
from landfall_host.job_sandbox import protection_of
from landfall_host.metrics_folder import with_metrics_folder
from landfall_host.places import HELPER, JOB_UNITS
from landfall_host.secret_values import install_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import JobRequest
    from landfall_host.state import Host

# Variables that make a program load or write a file before its first line. Root's own parts of the unit must not
# have them from an environment file. The command gets them.
ROOT_WITHOUT = (
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'LD_DEBUG',
    'LD_DEBUG_OUTPUT',
    'LD_PROFILE',
    'LD_PROFILE_OUTPUT',
    'GCONV_PATH',
    'LOCPATH',
    'GLIBC_TUNABLES',
    'MALLOC_TRACE',
    'OPENSSL_CONF',
    'OPENSSL_MODULES',
    'ENV',
    'BASH_ENV',
)

# systemd runs root's commands of a unit in its sandbox too, and the end is recorded in the host's own /run.
OUTSIDE = '/usr/bin/nsenter --mount=/proc/1/ns/mnt -- '


def unit_path(name: str) -> str:
    return os.path.join(JOB_UNITS, name + '.service')


def remove_unit(name: str) -> None:
    """The unit of a job that has ended: systemd keeps what it has read of it as long as it needs that."""
    remove_file(unit_path(name))


def environment_of_job(host: Host, ask: JobRequest) -> str | None:
    """The directory of the virtual environment that a job builds; None for any other job."""
    venv = ask.get('venv')
    return os.path.join(host.venvs, venv) if venv else None


def places_of(host: Host, ask: JobRequest) -> list[str]:
    """Where a job of the deploying user may write."""
    environment = environment_of_job(host, ask)
    places = [environment] if environment else []
    return [*places, host.release(ask['release'])] if ask.get('writesRelease') else places


def unit_text(host: Host, ask: JobRequest, name: str, memory_limit: int) -> str:
    """`memory_limit` in bytes; 0 for none."""
    directory, as_service = host.job(name), ask['as'] == 'service'
    service = [
        'User=' + (host.user if as_service else host.deployer),
        'WorkingDirectory=' + host.workdir(ask['release']),
        f'ExecStart={HELPER} --run-job',
        f'StandardInput=file:{directory}/command',
        f'StandardOutput=append:{directory}/output',
        f'StandardError=append:{directory}/output',
        f'RuntimeMaxSec={ask["timeoutMilliseconds"]}ms',
        'TimeoutStopSec=5',
        'KillMode=control-group',
        # Files that an installer takes from the deploying user's cache may keep their group. The service reads them
        # as "others". No other user gets into venvs/ (mode 2750). Of a release, proxies may reach public files.
        'UMask=' + ('0022' if environment_of_job(host, ask) or as_service else '0027'),
        'NoNewPrivileges=yes',
        # When memory runs out, the kernel ends the job before the service.
        'OOMScoreAdjust=300',
        # Counted by systemd before each start: none is missed, and a job has no hand in it.
        # A second start finds the file, and is refused.
        f'ExecStartPre=+/bin/sh -c "set -C; echo $$INVOCATION_ID > {directory}/starts"',
        f'ExecStopPost=+{"" if as_service else OUTSIDE}{HELPER} --job-ended {directory}',
    ]
    if as_service:
        service += [
            'RuntimeDirectory='
            + ' '.join(with_metrics_folder({*ask['env'], *given_to(host, ask['release'])}, name))
        ]
        service += ['EnvironmentFile=' + path for path in host.policy['envFiles']]
    else:
        # `-`: the file may be absent.
        service += ['EnvironmentFile=-' + install_file(host)]
        service += protection_of(host, places_of(host, ask))
    service += ['UnsetEnvironment=' + ' '.join(ROOT_WITHOUT)]
    if memory_limit:  # there is none where the kernel does not say what is available
        service += [f'MemoryMax={memory_limit}']
    if ask['memoryMaxBytes']:  # a small host without a limit of its own may need its swap to install anything
        service += ['MemorySwapMax=0']
    return (
        '\n'.join(
            [
                '[Unit]',
                f'Description=Landfall: {ask["step"]} of {ask["release"]}',
                '',
                '[Service]',
                *service,
            ]
        )
        + '\n'
    )
