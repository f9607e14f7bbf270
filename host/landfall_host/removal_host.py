"""The things that services of a host share: the helper, the gate, rules of sudo, and root's directories of Landfall."""

from __future__ import annotations

import os
import re
import shutil

from landfall_host.files import is_directory, names_in, read_text, remove_file
from landfall_host.places import CACHE, ETC, GATES, HELPER, SETUP_LOCK, SUDOERS, VAR
from landfall_host.removal_proxy import is_of_proxy
from landfall_host.removal_scope import hand_over
from landfall_host.removal_trees import remove_empty, remove_whole, some_of, why_not
from landfall_host.run import run
from landfall_host.setup_policy import unsafe_parents
from landfall_host.unit_texts import written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.removal_scope import Scope
    from landfall_host.removal_steps import RemovalSteps

OWN_DIRECTORIES = (GATES, ETC, VAR, CACHE)
# Whose configuration setup may write, and which program reads it.
PROXIES = {'/etc/nginx': 'nginx.service', '/etc/caddy': 'caddy.service'}


def remove_sudo_rules(plan: RemovalSteps, scope: Scope) -> None:
    needed = {os.path.join(SUDOERS, 'landfall-' + user) for user in scope.deployers_of_others()}
    recorded = [path for path in scope.record.made['files'] if path.startswith(SUDOERS + '/')]
    for path in sorted({os.path.join(SUDOERS, 'landfall-' + scope.host.deployer), *recorded} - needed):
        plan.remove(f'remove {path}, the rule of sudo for the helper', path)


def remove_files_of_setup(plan: RemovalSteps, scope: Scope, data: bool, gone: list[str]) -> None:
    """Files and directories of the record that no other part of a removal is about; then owners and modes."""
    for path in scope.record.made['files']:
        if not is_handled(path, scope) and os.path.lexists(path):
            remove_written_file(plan, path)
    base = scope.host.base
    if scope.is_known and os.path.lexists(base) and not (data and scope.made(base)):
        words = '`--data` removes it.' if not data else 'Setup did not make it, or kept no record.'
        plan.stay(f'{base} with all in it. {words}', base)
    for path in sorted(scope.record.made['directories'], reverse=True):
        if not path.startswith(OWN_DIRECTORIES) and is_directory(path) and path not in gone:
            remove_directory(plan, scope, path, gone)
    for each in sorted(scope.record.made['modes'], key=lambda each: each['path'], reverse=True):
        if not plan.keeps_in(each['path']):
            restore_modes(plan, each['path'], (each['user'], each['group'], each['mode']))


def is_handled(path: str, scope: Scope) -> bool:
    return (
        path in scope.host.policy['envFiles']
        or path in (HELPER, scope.policy_path)
        or is_of_proxy(path, scope.host.service)
        or path.startswith((SUDOERS + '/', *(own + '/' for own in OWN_DIRECTORIES)))
    )


def remove_written_file(plan: RemovalSteps, path: str) -> None:
    if why_not(path) is not None or not written_by_landfall(read_text(path)):
        plan.stay(f'{path}: its first line does not say that Landfall wrote it.', path)
        return
    plan.step(f'remove {path}', lambda: os.path.lexists(path), lambda: remove_and_reload(path))


def remove_and_reload(path: str) -> None:
    remove_file(path)
    for directory, unit in PROXIES.items():
        if path.startswith(directory + '/'):
            run(['systemctl', 'reload', unit], 60)


def remove_directory(plan: RemovalSteps, scope: Scope, path: str, gone: list[str]) -> None:
    """When nothing is left in it. In a plan, the things that go are still there."""
    if plan.keeps_in(path) or any((each + '/').startswith(path + '/') for each in scope.keep):
        return
    if any((path + '/').startswith(each + '/') for each in plan.kept):
        return
    if any(each['base'].startswith(path + '/') for each in scope.others):
        if plan.apply:
            hand_over(scope, 'directories', path, scope.others[0]['service'])
        return
    going = {*gone, *scope.record.made['directories'], *scope.record.made['files']}
    left = [name for name in names_in(path) if os.path.join(path, name) not in going]
    if left or (plan.apply and not remove_empty(path)):
        names = some_of(left or names_in(path))
        plan.stay(f'{path}: it has {names}, which setup did not make.', path)
        return
    plan.actions.append({'what': f'remove {path}', 'done': plan.apply, 'changed': plan.apply})


def restore_modes(plan: RemovalSteps, path: str, before: tuple[int, int, int]) -> None:
    user, group, mode = before

    def differs() -> bool:
        if not os.path.lexists(path):
            return False
        found = os.lstat(path)
        return (found.st_uid, found.st_gid, found.st_mode & 0o7777) != before

    def restore() -> None:
        os.chown(path, user, group, follow_symlinks=False)
        os.chmod(path, mode)

    if not os.path.islink(path) and not unsafe_parents(path):
        plan.step(f'give {path} its owner and mode from before setup', differs, restore)


def remove_helper(plan: RemovalSteps, scope: Scope) -> None:
    """With the last service of this host."""
    if scope.others:
        services = ', '.join(sorted(each['service'] for each in scope.others))
        plan.stay(f'{HELPER} and the gate: {services} needs them.')
        return
    gates = [
        os.path.join(GATES, name) for name in names_in(GATES) if re.fullmatch(r'gate-[0-9a-f]{12}', name)
    ]
    parts = [path for path in (HELPER, *gates) if os.path.lexists(path)]
    for path in parts:
        plan.remove(f'remove {path}', path)


def remove_records(plan: RemovalSteps, scope: Scope, data: bool) -> None:
    """Root's own directories. Without `--data` the record stays with the data, for a later call with it."""
    host = scope.host
    keep = [*scope.keep, *([] if data else kept_with_data(plan, scope))]
    if keep and plan.apply:
        scope.record.forget_missing()
    plan.remove_parts(f'remove {host.var}' + (', except the record of setup' if keep else ''), host.var, keep)
    if scope.others:
        return
    for directory in OWN_DIRECTORIES if plan.apply else ():
        if not remove_empty(directory) and not plan.keeps_in(directory):
            plan.stay(f'{directory}: it has {some_of(names_in(directory))}, which Landfall does not know.')
    if plan.apply:
        remove_whole(os.path.dirname(SETUP_LOCK))
    manager = 'dnf remove' if shutil.which('dnf') else 'apt-get remove'
    for name in scope.record.made['packages']:
        plan.stay(f'The package {name}, which setup installed. To remove it: {manager} {name}')


def kept_with_data(plan: RemovalSteps, scope: Scope) -> list[str]:
    host = scope.host
    environment = os.path.join(host.var, 'env')
    if names_in(environment):
        plan.stay(f'{environment} with the variables of landfall env. `--data` removes them.', environment)
    elif not plan.kept and not any(scope.record.made['users']):
        return []
    return [environment, scope.record.path, scope.begun_path, os.path.join(host.var, 'ejected.json')]
