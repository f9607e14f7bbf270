"""Sets the host up for a service: run by root, over SSH, from sources that need not be installed yet."""

from __future__ import annotations

import grp
import json
import os
import pwd
import stat

from landfall_host.contract import CONTRACT
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.files import read_text, remove_file, write_bytes, write_text
from landfall_host.helper_file import MODE, build, gate_directory, gate_files, is_installed
from landfall_host.places import ETC, HELPER, SETUP_LOCK, SUDOERS, VAR
from landfall_host.protocol import VERSION, Refused, answer_of, check_request, write_answer
from landfall_host.run import as_user, check_own_limits, enter_clean_environment, must_run
from landfall_host.setup_policy import check_policy, user_exists
from landfall_host.state import LOCK_SECONDS, Host
from landfall_host.systemd import lines_of
from landfall_host.waiting import lock_within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from landfall_host.shapes import Answer, Ask


def main(ask: Ask, sent: bytes) -> None:
    """Called by the bootstrap, with the request and the JSON object of module names and sources."""
    enter_clean_environment()
    write_answer(answer_of(setup, ask, sent))


def setup(ask: Ask, sent: bytes) -> Answer:
    request = {name: value for name, value in ask.items() if name not in ('protocol', 'verb')}
    check_request({'fields': CONTRACT['setup']['request']}, request, 'fields')
    policy = ask['policy']
    if os.getuid() != 0:
        raise Refused('SetupNeeded', 'Setup must run as root.')
    check_own_limits()
    if ask['apply']:
        wait_for_others()
    check_policy(policy)
    host, user, deployer = Host(policy), policy['user'], policy['deployUser']
    plan = Setup(ask['apply'])
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
        )
    try:
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    except KeyError:
        group = user
    plan.directory(host.base, 'root', 'root', 0o755)
    plan.directory(host.releases, deployer, group, 0o2750)
    plan.directory(host.venvs, deployer, group, 0o2750)
    plan.directory(host.shared, user, group, 0o750)
    plan.directory(VAR, 'root', 'root', 0o700)
    for path in (host.var, *(os.path.join(host.var, name) for name in ('releases', 'jobs', 'units'))):
        plan.directory(path, 'root', 'root', 0o700)
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
    plan.file(
        os.path.join(SUDOERS, 'landfall-' + deployer),
        rule,
        0o440,
        f'let {deployer} run the helper, and nothing else, as root: {rule.strip()}',
        lambda: check_sudoers(rule),
    )
    plan.directory(ETC, 'root', 'root', 0o755)
    path = os.path.join(ETC, policy['service'] + '.json')
    content = json.dumps(dict(pinned_before(path), **policy), indent=2, sort_keys=True) + '\n'
    plan.file(path, content, 0o644, f'write {path}: what may be deployed on this host')
    return {
        'actions': plan.actions,
        'changed': any(action['changed'] for action in plan.actions),
        'warnings': privileged_drop_ins(host),
    }


def pinned_before(path: str) -> dict[str, Any]:
    """The addresses that root has pinned stay until root pins others. Another setup must not open them."""
    try:
        before = json.loads(read_text(path) or '{}')
    except ValueError:
        return {}
    return {'addresses': before['addresses']} if isinstance(before, dict) and 'addresses' in before else {}


def wait_for_others() -> None:
    """Locks out other setups until this process ends: two policies must not be checked at the same time."""
    os.makedirs(os.path.dirname(SETUP_LOCK), mode=0o755, exist_ok=True)
    file = os.open(SETUP_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not lock_within(file, LOCK_SECONDS):
        raise Refused(
            'Busy',
            f'Another setup has been changing this host for {LOCK_SECONDS} s. Nothing was done. Try again.',
        )


class Setup:
    """Each step says what it is, whether it is done already, and does it when asked to."""

    def __init__(self, apply: bool) -> None:
        self.apply = apply
        self.actions: list[dict[str, Any]] = []

    def step(self, what: str, done: Callable[[], bool], act: Callable[[], object]) -> None:
        was_done = done()
        if self.apply and not was_done:
            act()
            if not done():
                raise Refused('CommandFailed', f'Setup could not {what}.')
        self.actions.append(
            {'what': what, 'done': was_done or self.apply, 'changed': self.apply and not was_done}
        )

    def user(self, name: str, what: str, *options: str) -> None:
        def exists() -> bool:
            try:
                return pwd.getpwnam(name) is not None
            except KeyError:
                return False

        self.step(
            f'create {what} {name}',
            exists,
            lambda: must_run(['useradd', '--user-group', '--password', '*', *options, name]),
        )

    def directory(self, path: str, owner: str, group: str, mode: int) -> None:
        """`owner` and `group` are names; a directory that is there already keeps what is in it."""

        def ids() -> tuple[int, int] | None:
            try:
                return pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid
            except KeyError:
                return None

        def done() -> bool:
            try:
                found = os.lstat(path)
            except FileNotFoundError:
                return False
            if not stat.S_ISDIR(found.st_mode):
                raise Refused('InvalidInput', f'{path} is not a directory.')
            return (found.st_uid, found.st_gid) == ids() and stat.S_IMODE(found.st_mode) == mode

        def act() -> None:
            os.makedirs(path, mode=0o755, exist_ok=True)
            os.chown(path, *(ids() or (-1, -1)), follow_symlinks=False)
            os.chmod(path, mode)

        self.step(f'directory {path} of {owner}:{group}, mode {mode:o}', done, act)

    def file(
        self, path: str, content: str, mode: int, what: str, check: Callable[[], None] | None = None
    ) -> None:
        def done() -> bool:
            try:
                with open(path, 'rb') as file:
                    found = os.fstat(file.fileno())
                    return file.read() == content.encode() and (
                        found.st_uid,
                        stat.S_IMODE(found.st_mode),
                    ) == (0, mode)
            except FileNotFoundError:
                return False

        def act() -> None:
            if check:
                check()
            write_text(path, content, mode)

        self.step(what, done, act)


def write_gate(directory: str, sent: bytes) -> None:
    for name, source in gate_files(sent).items():
        write_text(os.path.join(directory, name), source, 0o644)


def gate_is_there(directory: str, sent: bytes) -> bool:
    return all(
        read_text(os.path.join(directory, name)) == source for name, source in gate_files(sent).items()
    )


def keys_file() -> str:
    return os.path.join(os.environ['HOME'], '.ssh', 'authorized_keys')


def has_key(key: str) -> bool:
    return key in lines_of(read_text(keys_file()) or '')


def add_key(key: str) -> None:
    os.makedirs(os.path.dirname(keys_file()), mode=0o700, exist_ok=True)
    before = read_text(keys_file()) or ''
    write_text(keys_file(), before + ('\n' if before and not before.endswith('\n') else '') + key + '\n')


def environment_file(plan: Setup, path: str) -> None:
    def status() -> os.stat_result | None:
        try:
            return os.lstat(path)
        except FileNotFoundError:
            return None

    def create() -> None:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_text(path, '')

    def is_roots() -> bool:
        found = status()
        return found is not None and found.st_uid == 0 and found.st_mode & 0o177 == 0

    def give_to_root() -> None:
        os.chown(path, 0, 0)
        os.chmod(path, 0o600)

    if status() is None:
        plan.step(
            f'create the empty environment file {path}, only for root',
            lambda: status() is not None,
            create,
        )
        return
    plan.step(
        f'let only root read the environment file {path}',
        is_roots,
        give_to_root,
    )


def check_sudoers(rule: str) -> None:
    path = os.path.join(SUDOERS, f'.landfall-{os.getpid()}.new')  # names with a dot are not read by sudo
    try:
        write_text(path, rule, 0o440)
        must_run(['visudo', '-c', '-q', '-f', path])
    finally:
        remove_file(path)
