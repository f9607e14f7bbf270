"""Gives a service back: `landfall eject`. Run by root, over SSH, from sources that need not be installed.

The checkout, the variables and the script are made next to the live release. Then the service runs as a plain unit that
no boot starts yet, and must be ready. Only after that the plain units boot, and those of Landfall end.
"""

from __future__ import annotations

import os

from landfall_host.accounts import account
from landfall_host.children import as_user
from landfall_host.clean_process import check_own_limits, enter_clean_environment
from landfall_host.contract import CONTRACT
from landfall_host.eject_parts import script_path
from landfall_host.eject_plan import (
    eject_file,
    ejection_of,
    env_file,
    kept_ejection,
    script_of,
)
from landfall_host.eject_switch import boots_plain, give_up_landfalls_units, switch
from landfall_host.files import link, names_in, read_text, write_bytes, write_json, write_text
from landfall_host.helper_file import MODE, build, is_installed
from landfall_host.places import HELPER
from landfall_host.plain_checkout import COPY_SECONDS, FETCH_SECONDS, make_checkout
from landfall_host.protocol import VERSION, Refused, answer_of, check_request, write_answer
from landfall_host.root_places import refuse_unless_roots
from landfall_host.setup_lock import wait_for_others
from landfall_host.state import describe_claim, ejected_file, read_host
from landfall_host.unit_verify import verify_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Tuple

    from landfall_host.contract_types import EjectRequest, EjectResult, EjectResultActions
    from landfall_host.eject_plan import Ejection
    from landfall_host.state import Host

    # In words, whether it is done, and what does it.
    Step = Tuple[str, Callable[[], bool], Callable[[], object]]


def main(ask: EjectRequest, sent: bytes) -> None:
    """Called by the bootstrap, with the request and the JSON object of module names and sources."""
    enter_clean_environment()
    write_answer(answer_of(eject, ask, sent))


def eject(ask: EjectRequest, sent: bytes) -> EjectResult:
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb')}
    check_request({'fields': CONTRACT['eject']['request']}, request, 'fields')
    if os.getuid() != 0:
        raise Refused('SetupNeeded', 'Eject must run as root.')
    check_own_limits()
    host = read_host(ask['service'])
    if ask['apply']:
        wait_for_others()
        host.lock()
    owner = host.state['claim']
    if owner and owner['state'] == 'open':
        raise Refused(
            'Fenced',
            f'A deploy of {host.service} is open on this host: {describe_claim(owner)}, run {owner["run"]}.',
        )
    begun = kept_ejection(host)
    is_switched = begun is not None and (boots_plain(host) or os.path.lexists(ejected_file(host.service)))
    plan = begun if begun is not None and is_switched else ejection_of(host, ask)
    if begun and not is_switched and begun['checkout'] == plan['checkout']:
        plan = {**plan, 'made': begun['made'] and begun['commit'] == plan['commit'], 'links': begun['links']}
    if ask['apply']:
        check_checkout(plan, begun)
        write_json(eject_file(host), plan)
    elif not is_switched:
        check_checkout(plan, begun)
    actions: list[EjectResultActions] = []
    for what, done, act in steps(host, plan, sent):
        was_done = done()
        if ask['apply'] and not was_done:
            act()
        actions.append(
            {'what': what, 'done': was_done or ask['apply'], 'changed': ask['apply'] and not was_done}
        )
    return {
        'actions': actions,
        'changed': any(action['changed'] for action in actions),
        'warnings': plan['warnings'],
    }


def check_checkout(plan: Ejection, begun: Ejection | None) -> None:
    """Root makes the checkout, its link and nothing else there. No other user may change the folder around them."""
    checkout = plan['checkout']
    refuse_unless_roots(os.path.dirname(checkout), 'the checkout and the link to its packages')
    is_ours = begun is not None and begun['checkout'] == checkout
    if not plan['inPlace'] and not is_ours and os.path.lexists(checkout) and names_in(checkout):
        raise Refused(
            'InvalidInput',
            f'{checkout} is there already and is not empty. Name another folder with --checkout.',
        )
    if os.path.lexists(plan['link']) and not os.path.islink(plan['link']):
        raise Refused(
            'InvalidInput',
            f'{plan["link"]} is there already. Rename it, or name another folder with --checkout.',
        )


def steps(host: Host, plan: Ejection, sent: bytes) -> list[Step]:
    found: list[Step] = []
    checkout, short = plan['checkout'], plan['commit'][:7]
    switched = boots_plain(host)
    how = f'clone {plan["repository"]} to {checkout}'
    if plan['whyCopy']:
        how = f'copy the release {plan["release"]} to {checkout}, because {plan["whyCopy"]}'
    found = (
        []
        if plan['inPlace']
        else [
            (
                f'{how}, at {short}, of {host.deployer}',
                lambda: plan['made'],
                lambda: make(host, plan),
            )
        ]
    )
    env_text = plan['envFile']
    if env_text is not None:
        found.append(
            (
                f'write the variables of landfall env to {env_file(host)}, only for root',
                lambda: read_text(env_file(host)) == env_text,
                lambda: write_root(env_file(host), env_text, 0o600),
            )
        )
    found += [
        (
            f'link {plan["link"]} to the packages of {short}',
            lambda: os.path.islink(plan['link']),
            lambda: link(plan['link'], plan['environment']),
        ),
        (
            f'write {script_path(host)}, which deploys a commit without Landfall',
            lambda: os.path.lexists(script_path(host)) and switched,
            lambda: write_text(script_path(host), script_of(host, plan['values'], plan['links']), 0o755),
        ),
        (
            f'install the helper {HELPER} (version {VERSION}), which refuses deploys of {host.service} from now on',
            lambda: is_installed(HELPER, sent),
            lambda: write_bytes(HELPER, build(sent), MODE),
        ),
        (switch_words(host, plan), lambda: boots_plain(host), lambda: verified_switch(host, plan)),
        (
            'end and remove the units that Landfall wrote for its releases',
            lambda: boots_plain(host) and not give_up_landfalls_units(host, plan, apply=False),
            lambda: give_up_landfalls_units(host, plan, apply=True),
        ),
    ]
    return found


def switch_words(host: Host, plan: Ejection) -> str:
    path, units = plan['values']['path'], ', '.join([host.unit, *sorted(plan['processes'])])
    if plan['socket'] is not None:
        return (
            f'run {short_of(plan)} as plain units ({units}): first on a private socket, then on {host.socket}, '
            f'which stays open, so no request fails; each time {path} must be ready'
        )
    return (
        f'run {short_of(plan)} as plain units ({units}): one restart, during which requests fail; {path} must '
        'be ready'
    )


def short_of(plan: Ejection) -> str:
    return plan['commit'][:7]


def make(host: Host, plan: Ejection) -> None:
    checkout, user = plan['checkout'], account(host.user)
    os.makedirs(checkout, mode=0o750, exist_ok=True)
    os.chown(checkout, account(host.deployer).pw_uid, user.pw_gid, follow_symlinks=False)
    os.chmod(checkout, 0o2750)  # noqa: S103 -- new files get the group of the service
    copied = as_user(
        host.deployer,
        make_checkout,
        checkout,
        plan['repository'],
        plan['commit'],
        host.release(plan['release']),
        plan['inside'],
        host.shared,
        seconds=FETCH_SECONDS + COPY_SECONDS,
    )
    if plan['repository'] and copied['commit'] is None:
        plan['warnings'].append(
            f'{plan["repository"]} does not have the live commit {plan["commit"][:12]}: {checkout} is a copy of the '
            'release. Push the commit, and clone the repository there before you use deploy.sh.'
        )
    plan['links'], plan['made'] = {str(path): str(target) for path, target in copied['links'].items()}, True
    write_json(eject_file(host), plan)


def write_root(path: str, text: str, mode: int) -> None:
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    refuse_unless_roots(os.path.dirname(path), path)
    write_text(path, text, mode)


def verified_switch(host: Host, plan: Ejection) -> None:
    units = {host.unit: plan['unit'], **plan['processes']}
    for name, text in units.items():
        if name.endswith('.service'):
            verify_unit(host, text, name)
    switch(host, plan)
