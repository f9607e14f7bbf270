"""The policies that root must refuse: they would hand out more than a service."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat

from landfall_host.accounts import user_exists
from landfall_host.contract import check
from landfall_host.files import names_in, owner_of, read_json, read_text
from landfall_host.places import BOOT_UNITS, CACHE, ETC, HELPER, SUDOERS, UNPROVEN_UNITS, VAR
from landfall_host.protocol import Refused
from landfall_host.unit_texts import written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import Policy

# Root believes or runs the files in them. Setup makes the last directory; those above must be root's already.
ROOTS_PLACES = [
    os.path.dirname(HELPER),
    ETC,
    VAR,
    CACHE,
    os.path.join(SUDOERS, 'landfall'),
    os.path.join(BOOT_UNITS, 'unit'),
]


def check_policy(policy: Policy) -> None:
    """The reasons to refuse a policy."""
    base, unit, user, deployer = policy['base'], policy['unit'], policy['user'], policy['deployUser']
    refusals = []
    if policy['service'] == 'landfall':
        refusals.append('the name landfall is taken: /run/landfall is where root works')
    if user == deployer:
        refusals.append(
            'user and deployUser must be two users: the service must not be able to change its own code'
        )
    for name in (user, deployer):
        if user_exists(name) and pwd.getpwnam(name).pw_uid == 0:
            refusals.append(f'the user {name} is root')
    top = '/' + base.split('/')[1]
    # Two levels below the top, or directly in one of the places made for services.
    if (
        (
            top not in ('/srv', '/opt', '/data', '/app', '/apps', '/var', '/usr', '/home')
            and base.count('/') < 3
        )
        or base.count('/') < 2
        or top
        in (
            '/etc',
            '/proc',
            '/sys',
            '/dev',
            '/run',
            '/boot',
            '/bin',
            '/sbin',
            '/lib',
            '/lib64',
            '/root',
            '/tmp',  # noqa: S108 -- named so that nothing is put there
        )
        or (
            top in ('/usr', '/var', '/home')
            and not re.match(r'/(usr/local|var/(www|lib|opt)|home/[^/]+)/[^/]+', base)
        )
        or (base + '/').startswith(
            (
                VAR + '/',
                '/var/lib/systemd/',
                '/var/lib/dpkg/',
                '/usr/local/lib/',
                '/usr/local/bin/',
                '/usr/local/sbin/',
            )
        )
    ):
        refusals.append(f'base {base} is not a place for a service; use /srv/{policy["service"]}')
    for path in [base] + policy['envFiles'] + ROOTS_PLACES:
        refusals += [said for said in unsafe_parents(path) if said not in refusals]
    refusals += shared_with_others(policy)
    for path in policy['envFiles']:
        if (path + '/').startswith(tuple(f'{base}/{name}/' for name in ('releases', 'venvs', 'shared'))):
            refusals.append(f'the environment file {path} must not be in a directory of the service')
        if not is_environment_file(path):
            refusals.append(f'{path} is not an environment file')
    stem = unit[: -len('.service')]
    for name in (unit, stem + '.socket', stem + '@.service'):
        if any(
            os.path.lexists(os.path.join(directory, name))
            for directory in ('/usr/lib/systemd/system', '/lib/systemd/system')
        ):
            refusals.append(f'the unit {name} belongs to the system')
    if os.path.islink(os.path.join(BOOT_UNITS, unit)):
        refusals.append(f'the unit {unit} is a link to another unit')
    if unit.startswith('landfall-job-'):
        refusals.append(f'the unit name {unit} is taken by jobs')
    for path in taken_in_run(policy):
        refusals.append(f'the name {policy["service"]} is taken: {path} belongs to something else')
    if not os.path.exists('/usr/bin/python3'):
        refusals.append('/usr/bin/python3 is missing')
    if not os.path.exists('/usr/bin/nsenter'):
        refusals.append('/usr/bin/nsenter is missing (it belongs to util-linux)')
    if not shutil.which('visudo') or not os.path.isdir('/etc/sudoers.d'):
        refusals.append('sudo is not installed')
    if refusals:
        raise Refused('InvalidInput', f'This host cannot be set up so: {"; ".join(refusals)}.')


def shared_with_others(policy: Policy) -> Iterator[str]:
    """The parts that another service on this host has already. Each could change, stop or answer for the other."""
    stem = policy['unit'][: -len('.service')]
    for name in names_in(ETC):
        if not name.endswith('.json') or name == policy['service'] + '.json':
            continue
        path = os.path.join(ETC, name)
        try:
            other = read_json(path)
            check('policy', other)
        except ValueError as error:
            yield f'{path} is not valid, so its content is unknown: {error}'
            continue
        mine, theirs = policy['base'] + '/', other['base'] + '/'
        if mine.startswith(theirs) or theirs.startswith(mine):
            yield f'base {policy["base"]} is or holds the base {other["base"]} of {path}, or lies in it'
        if stem == other['unit'][: -len('.service')]:
            yield f'the unit {policy["unit"]}, with its instances and its socket, belongs to {path}'
        if policy['user'] in (other['user'], other['deployUser']):
            yield f'the user {policy["user"]} belongs to {path}: each service needs a user of its own'
        if policy['deployUser'] == other['user']:
            yield (
                f"deployUser {policy['deployUser']} is the service's user of {path}, which could then change "
                "this service's code"
            )
        for file, base in [(each, other['base']) for each in policy['envFiles']] + [
            (each, policy['base']) for each in other['envFiles']
        ]:
            if file.startswith(base + '/'):
                yield f'the environment file {file} lies in the base {base} of another service'


def taken_in_run(policy: Policy) -> Iterator[str]:
    """The service's names in /run (its socket, and the directory for its own socket) that belong to another user."""
    socket, directory = f'/run/{policy["service"]}.sock', f'/run/{policy["service"]}.run'
    texts = [
        read_text(os.path.join(where, policy['unit'][: -len('.service')] + '.socket'))
        for where in (BOOT_UNITS, UNPROVEN_UNITS)
    ]
    if owner_of(socket) is not None and not any(map(written_by_landfall, texts)):
        yield socket
    user = policy['user']
    if owner_of(directory) is not None and not (
        user_exists(user) and owner_of(directory) == pwd.getpwnam(user).pw_uid
    ):
        yield directory


def unsafe_parents(path: str) -> list[str]:
    """Directories above through which a user other than root could replace this place."""
    found, parent = [], os.path.dirname(path)
    while parent != '/':
        try:
            status = os.lstat(parent)
            group_writes = status.st_mode & 0o020 and status.st_gid != 0
            if (
                not stat.S_ISDIR(status.st_mode)
                or status.st_uid != 0
                or status.st_mode & 0o002
                or group_writes
            ):
                found.append(
                    f'{parent}, above {path}, must be a directory that only root can change (`chown root` '
                    'and `chmod go-w` it)'
                )
        except FileNotFoundError:
            pass
        parent = os.path.dirname(parent)
    return found


def is_environment_file(path: str) -> bool:
    """Setup changes its owner and mode, so it must not be told that /etc/passwd is one."""
    if not os.path.lexists(path):
        return True
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return False
    lines = re.sub(r'(\'[^\']*\'|"(?:[^"\\]|\\.)*")', '""', read_text(path) or '', flags=re.S).split('\n')
    return all(re.match(r'\s*([#;]|$|[A-Za-z_]\w*\s*=)', line) for line in lines)
