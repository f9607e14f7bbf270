"""Removes what Landfall has on this host for one service: `landfall setup HOST --remove`.

A thing that is not known to be Landfall's stays, and is named. Each step looks at the host itself. So after a power
loss the same call continues, and after success it finds nothing.
"""

from __future__ import annotations

import os

from landfall_host.clean_process import check_own_limits
from landfall_host.contract import CONTRACT
from landfall_host.files import names_in, owner_of
from landfall_host.instances import release_of_instance
from landfall_host.places import CACHE, SERVICES, TRIALS
from landfall_host.protocol import Refused, check_request
from landfall_host.removal_accounts import remove_accounts
from landfall_host.removal_data import remove_cache, remove_data, remove_environment_files
from landfall_host.removal_host import remove_files_of_setup, remove_helper, remove_records, remove_sudo_rules
from landfall_host.removal_proxy import remove_proxy
from landfall_host.removal_scope import Scope
from landfall_host.removal_steps import RemovalSteps
from landfall_host.removal_units import (
    drop_ins_of,
    job_files_of,
    remove_units,
    running_units,
    stop_units,
    unit_before_landfall,
    unit_files_of,
    units_of,
)
from landfall_host.removal_users import uid_of
from landfall_host.setup_lock import wait_for_others
from landfall_host.unit_files import daemon_reload, put_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import SetupRequest, SetupResult
    from landfall_host.state import Host


def remove(ask: SetupRequest, caller: str | None) -> SetupResult:
    """`caller`: the number of the user that called sudo."""
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb')}
    check_request({'fields': CONTRACT['setup']['request']}, request, 'fields')
    if os.getuid() != 0:
        raise Refused('SetupNeeded', 'Setup must run as root.')
    check_own_limits()
    if ask['apply']:
        wait_for_others()
    scope, wishes = Scope(ask['policy']), ask['remove']
    host, plan = scope.host, RemovalSteps(ask['apply'])
    if ask['apply'] and os.path.isdir(host.var):
        host.lock()
    scope.refuse_open_claim()
    remove_service_units(plan, scope, wishes['stop'])
    for path in in_run(host):
        plan.remove(f'remove {path}', path)
    remove_cache(plan, os.path.join(CACHE, host.service))
    gone = remove_data(plan, scope) if wishes['data'] else []
    remove_environment_files(plan, scope, wishes['data'])
    remove_sudo_rules(plan, scope)
    remove_accounts(plan, scope, wishes['data'], [*gone, os.path.join(CACHE, host.service)], caller)
    remove_proxy(plan, scope)
    remove_files_of_setup(plan, scope, wishes['data'], gone)
    remove_helper(plan, scope)
    remove_records(plan, scope, wishes['data'])
    return {
        'actions': plan.actions,
        'changed': any(action['changed'] for action in plan.actions),
        'warnings': [],
        'stays': plan.stays,
    }


def remove_service_units(plan: RemovalSteps, scope: Scope, stop: bool) -> None:
    host = scope.host
    running = running_units(host)
    if running and not stop:
        raise Refused(
            'InvalidInput',
            f'{host.service} runs on this host under units of Landfall: {", ".join(running)}. Nothing was removed. '
            'To keep the service running without Landfall, run `landfall eject` first. To end the service, add '
            '--stop.',
        )
    plan.step(f'stop {", ".join(running)}', lambda: bool(running_units(host)), lambda: stop_units(host))
    plan.step(
        f'remove {scope.policy_path}: no deploy of {host.service} is allowed here any more',
        scope.ends_deploys,
        scope.end_deploys,
    )
    before = unit_before_landfall(host)
    plan.step(
        f'remove the units {", ".join(units_of(host))}',
        lambda: bool(unit_files_of(host) or job_files_of(host)),
        lambda: remove_units(host),
    )
    if before is not None and not scope.ejected:
        plan.step(
            f'restore {host.unit} as it was before Landfall, stopped; `systemctl enable --now {host.unit}` starts it',
            lambda: not os.path.lexists(host.boots) or host.boots in unit_files_of(host),
            lambda: restore_unit(host, before),
        )
    for path in drop_ins_of(host):
        plan.stay(f'{path}: settings that Landfall did not write.')


def restore_unit(host: Host, text: str) -> None:
    put_unit(host.boots, text)
    daemon_reload()


def in_run(host: Host) -> list[str]:
    """Directories and sockets in /run, where systemd has not removed them itself."""
    socket = f'/run/{host.service}.sock'
    places = [os.path.join(SERVICES, host.service)]
    if owner_of(socket) == 0:
        places.append(socket)
    if uid_of(host.user) is not None and owner_of(f'/run/{host.service}.run') == uid_of(host.user):
        places.append(f'/run/{host.service}.run')
    trials = [
        os.path.join(TRIALS, name)
        for name in names_in(TRIALS)
        if release_of_instance(host, name + '.service') is not None
    ]
    return [path for path in [*places, *trials] if os.path.lexists(path)]
