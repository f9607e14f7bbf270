"""Sets the host up for a service: run by root, over SSH, from sources that need not be installed yet."""

from __future__ import annotations

import json
import os

from landfall_host.accounts import account, group_of, user_exists
from landfall_host.children import CHILD_SECONDS, as_user
from landfall_host.clean_process import check_own_limits, enter_clean_environment
from landfall_host.contract import CONTRACT
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.env_files import environment_warnings
from landfall_host.files import read_json, read_text, remove_file, write_bytes
from landfall_host.helper_file import MODE, build, gate_directory, is_installed
from landfall_host.home import has_own_home, made_home
from landfall_host.interpreters import INTERPRETER_SECONDS, find_tools, for_service
from landfall_host.places import BOOT_UNITS, ETC, HELPER, SUDOERS, VAR
from landfall_host.protocol import VERSION, Refused, answer_of, check_request, write_answer
from landfall_host.proxy_steps import dns_warnings, proxy_steps
from landfall_host.setup_checks import offer_packages, problems
from landfall_host.setup_files import (
    add_key,
    check_sudoers,
    environment_file,
    gate_is_there,
    has_key,
    write_gate,
)
from landfall_host.setup_lock import wait_for_others
from landfall_host.setup_policy import check_policy
from landfall_host.setup_record import SetupRecord, removal_file
from landfall_host.setup_steps import SetupSteps
from landfall_host.state import Host, check_not_ejected, ejected_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.contract_types import SetupRequest, SetupResult, SetupResultTools
    from landfall_host.shapes import Tools


def main(ask: SetupRequest, sent: bytes) -> None:
    """Called by the bootstrap, with the request and the JSON object of module names and sources."""
    given = enter_clean_environment()
    if 'remove' in ask:
        from landfall_host.removal import remove

        write_answer(answer_of(remove, ask, given.get('SUDO_UID')))
        return
    write_answer(answer_of(setup, ask, sent))


def setup(ask: SetupRequest, sent: bytes) -> SetupResult:
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb')}
    check_request({'fields': CONTRACT['setup']['request']}, request, 'fields')
    policy = ask['policy']
    if os.getuid() != 0:
        raise Refused('SetupNeeded', 'Setup must run as root.')
    check_own_limits()
    if ask['apply']:
        wait_for_others()
    if not ask.get('takesBack'):
        check_not_ejected(policy['service'])
    check_policy(policy)
    host, user, deployer = Host(policy), policy['user'], policy['deployUser']
    plan = SetupSteps(ask['apply'], SetupRecord(policy['service']))
    # First: the record of all that follows is in them.
    for path in (VAR, host.var):
        plan.directory(path, 'root', 'root', 0o700)
    offer_packages(plan, ask)
    plan.user(
        user,
        'system user, no login,',
        '--system',
        '--home-dir',
        host.base,
        '--no-create-home',
        '--shell',
        '/usr/sbin/nologin',
    )
    plan.user(deployer, 'deploying user', '--create-home', '--shell', '/bin/bash')
    if ask['authorizedKey']:
        key = ask['authorizedKey']
        plan.step(
            f'let this key log in as {deployer}: {key[:40]}…',
            lambda: user_exists(deployer) and as_user(deployer, has_key, key),
            lambda: as_user(deployer, add_key, key),
            lambda: [('keys', [deployer, key])],
        )
    group = group_of(user)
    plan.directory(host.base, 'root', 'root', 0o755)
    plan.directory(host.releases, deployer, group, 0o2750)
    plan.directory(host.venvs, deployer, group, 0o2750)
    plan.directory(host.shared, user, group, 0o750)
    if not has_own_home(user):
        plan.directory(made_home(host), user, group, 0o700)
    for name in ('releases', 'jobs', 'units'):
        plan.directory(os.path.join(host.var, name), 'root', 'root', 0o700)
    for path in policy['envFiles']:
        environment_file(plan, path)
    plan.directory(os.path.dirname(HELPER), 'root', 'root', 0o755)
    gate = os.path.join(gate_directory(sent), 'landfall_gate')
    plan.directory(os.path.dirname(gate), 'root', 'root', 0o755)
    plan.directory(gate, 'root', 'root', 0o755)
    plan.step(
        f'install the gate {gate}: what workers prove themselves with',
        lambda: gate_is_there(gate, sent),
        lambda: write_gate(gate, sent),
    )
    plan.step(
        f'install the helper {HELPER} (version {VERSION})',
        lambda: is_installed(HELPER, sent),
        lambda: write_bytes(HELPER, build(sent), MODE),
    )
    rule = f'{deployer} ALL=(root) NOPASSWD: {HELPER} ""\n'
    # Some hosts let sudo run from a terminal only, which a deploy does not have.
    rules = f'Defaults!{HELPER} !requiretty\n{rule}'
    plan.file(
        os.path.join(SUDOERS, 'landfall-' + deployer),
        rules,
        0o440,
        f'let {deployer} run the helper, and nothing else, as root: {rule.strip()}',
        lambda: check_sudoers(rules),
    )
    plan.directory(ETC, 'root', 'root', 0o755)
    if ask['apply']:
        remove_file(removal_file(policy['service']))
    path = os.path.join(ETC, policy['service'] + '.json')
    content = json.dumps(dict(pinned_before(path), **policy), indent=2, sort_keys=True) + '\n'
    plan.file(path, content, 0o644, f'write {path}: what may be deployed on this host')
    ejected = ejected_file(policy['service'])
    left = plain_units_left(host)
    if os.path.lexists(ejected):
        plan.step(
            f'take {policy["service"]} back, which `landfall eject` has given back: deploys are allowed again',
            lambda: not os.path.lexists(ejected),
            lambda: (remove_file(os.path.join(host.var, 'eject.json')), remove_file(ejected)),
        )
    proxy = proxy_steps(plan, policy['service'], ask)
    result: SetupResult = {
        'actions': plan.actions,
        'changed': any(action['changed'] for action in plan.actions),
        'warnings': [
            *left,
            *problems(host, ask),
            *privileged_drop_ins(host),
            *environment_warnings(policy['envFiles']),
            *dns_warnings(ask),
        ],
    }
    if proxy is not None:
        result['proxy'] = proxy
    if 'python' in ask and user_exists(user) and user_exists(deployer):
        result['tools'] = tools_of(host, ask['python'])
    return result


def plain_units_left(host: Host) -> list[str]:
    """The processes that `landfall eject` has made plain units of. Deploys do not know these."""
    if not os.path.lexists(ejected_file(host.service)):
        return []
    kept = read_json(os.path.join(host.var, 'eject.json')) or {}
    names = [
        name for name in sorted(kept.get('processes', ())) if os.path.lexists(os.path.join(BOOT_UNITS, name))
    ]
    if not names:
        return []
    return [
        f'{", ".join(names)} run as plain units. After the first deploy two of each run: end them with `systemctl '
        f'disable --now {" ".join(names)}`'
    ]


def tools_of(host: Host, python: str | None) -> SetupResultTools:
    home = account(host.deployer).pw_dir
    found: Tools = as_user(
        host.deployer, find_tools, python, home, seconds=INTERPRETER_SECONDS + CHILD_SECONDS
    )
    return {'interpreters': for_service(host, found['interpreters']), 'uv': found['uv']}


def pinned_before(path: str) -> dict[str, Any]:
    """The addresses that root has pinned stay until root pins others. Another setup must not open them."""
    try:
        before = json.loads(read_text(path) or '{}')
    except ValueError:
        return {}
    return {'addresses': before['addresses']} if isinstance(before, dict) and 'addresses' in before else {}
