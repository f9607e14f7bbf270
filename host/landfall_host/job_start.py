"""Starting a job once: what it runs, its unit, and the marker by which it is found again."""

from __future__ import annotations

import os

from landfall_host.children import as_user
from landfall_host.clean_process import CLEAN_ENVIRONMENT
from landfall_host.env_files import given_to
from landfall_host.files import remove_file, write_json, write_text
from landfall_host.home import home_variables, make_home
from landfall_host.job_sandbox import make_environment, variables_of
from landfall_host.job_unit import ROOT_WITHOUT, environment_of_job, unit_path, unit_text
from landfall_host.machine import boot_id, memory_available, since_boot
from landfall_host.managed_env import managed_values
from landfall_host.metrics_folder import metrics_variable
from landfall_host.releases import current_path, whole_release
from landfall_host.run import must_run
from landfall_host.running_file import gate_of_running
from landfall_host.secret_values import environment_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import JobRequest
    from landfall_host.state import Host

# The share of the available memory for a job without a limit of its own. The live service needs the rest.
SHARE_OF_MEMORY = 0.8
# Step → the phase that the project's code is told, so that a scheduler can stay off.
PHASES = {
    'pre-import': 'import',
    'rehearse': 'rehearsal',
    'migrate': 'migrate',
    'build': 'build',
    'soak': 'soak',
    'check': 'ready',
}
# No import works with less. A host that is short of memory must not be reported as a fault of the release.
LEAST_MEMORY = 256 << 20


def start_job(host: Host, ask: JobRequest, name: str) -> None:
    """Starts it once: the marker says what a later request may conclude when the unit is gone."""
    directory, environment = host.job(name), environment_of_job(host, ask)
    if environment:
        as_user(host.deployer, make_environment, environment)
    if ask['as'] == 'service':
        make_home(host)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    remove_file(os.path.join(directory, 'output'))
    share = int(SHARE_OF_MEMORY * memory_available())
    limit = ask['memoryMaxBytes'] or (share and max(share, LEAST_MEMORY))
    write_json(os.path.join(directory, 'command'), command_of(host, ask, name))
    write_text(unit_path(name), unit_text(host, ask, name, limit), 0o644)
    write_json(
        os.path.join(directory, 'started'),
        {
            'boot': boot_id(),
            'builds': environment and [host.deployer, environment],
            'at': since_boot(),
            'timeoutMilliseconds': ask['timeoutMilliseconds'],
            'memoryMaxBytes': limit or None,
        },
    )
    # systemctl has the lock too. If this process is killed, no other request looks before the start is made.
    if host.held is not None:
        os.set_inheritable(host.held, True)
    must_run(['systemctl', 'start', '--no-block', '--no-ask-password', name + '.service'])


def command_of(host: Host, ask: JobRequest, name: str) -> dict[str, Any]:
    """The command that `job_command` runs. The request's variables never stand in the unit.

    The unit's ExecStartPre and ExecStopPost run as root with the unit's environment. With an LD_PRELOAD there, the
    deploying user's code would run as root.
    """
    environment = {'PATH': host.release(ask['release']) + '/.venv/bin:' + CLEAN_ENVIRONMENT['PATH']}
    if ask['as'] == 'deploy':
        environment.update(variables_of(host))
    else:
        environment.update(home_variables(host))
    environment.update(ask['env'])
    environment['LANDFALL_RELEASE'] = ask['release']
    environment['LANDFALL_COMMIT'] = whole_release(host, ask['release'])['commit']
    # A command of the deploying user installs, also where it runs code of the project, such as a setup.py.
    phase = PHASES.get(ask['step'], 'install' if ask['as'] == 'deploy' else None)
    if phase:
        environment['LANDFALL_PHASE'] = phase
    if ask['as'] == 'service':
        environment['LANDFALL_CURRENT'] = current_path(host)
        # A rehearsal starts the server as the unit would, with the gate's reading of its configuration.
        environment['LANDFALL_GATE_FOLDER'] = gate_of_running()
    if ask['as'] == 'service':  # a file of root's wins over Environment=, as it does in the service's unit
        for variable_name, value in environment_of(host).items():
            environment.pop(variable_name, None)
            if variable_name in ROOT_WITHOUT:
                environment[variable_name] = value
        environment.update(managed_values(host, ask['release']))
        environment.update(metrics_variable({*ask['env'], *given_to(host, ask['release'])}, '/run/' + name))
    return {'argv': ask['argv'], 'env': environment}
