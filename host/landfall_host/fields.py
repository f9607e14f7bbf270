"""Every field of a request is checked before any of it is used.

A check takes a value and raises ValueError with what it must be; checks are made of smaller ones.
"""

from __future__ import annotations

import os
import re

from landfall_host.protocol import Refused

NAME = r'[a-z][a-z0-9-]{0,30}'
RELEASE = r'[0-9]{1,9}-[0-9a-f]{7,12}'
UNIT = r'[a-z][a-z0-9-]{0,60}\.service'


def matching(pattern, what):
    def check(value):
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError('must be ' + what)

    return check


def text(limit, lines=False):
    # Half a character (a lone surrogate) can be written nowhere.
    forbidden = '[\x00\ud800-\udfff]' if lines else '[\x00-\x1f\x7f\ud800-\udfff]'

    def check(value):
        if not isinstance(value, str) or len(value) > limit or re.search(forbidden, value):
            raise ValueError(f'must be text of at most {limit} characters{"" if lines else " on one line"}')

    return check


def number(low, high):
    def check(value):
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f'must be a whole number from {low} to {high}')

    return check


def flag(value):
    if type(value) is not bool:
        raise ValueError('must be true or false')


def maybe(check):
    return lambda value: None if value is None else check(value)


def optional(check):
    """For a field of a record that may be left out."""

    def check_optional(value):
        check(value)

    check_optional.may_be_left_out = True
    return check_optional


def list_of(check, limit=1000):
    def check_list(value):
        if not isinstance(value, list) or len(value) > limit:
            raise ValueError(f'must be a list of at most {limit}')
        for item in value:
            check(item)

    return check_list


def map_of(check_name, check):
    def check_map(value):
        if not isinstance(value, dict):
            raise ValueError('must be an object')
        for name, item in value.items():
            check_name(name)
            check(item)

    return check_map


def record(fields):
    def check_record(value):
        if not isinstance(value, dict):
            raise ValueError('must be an object')
        for name in list(value) + list(fields):
            if name not in fields:
                raise ValueError(f'has an unknown field {name[:60]!r}')
            if name not in value:
                if getattr(fields[name], 'may_be_left_out', False):
                    continue
                raise ValueError(f'lacks the field {name!r}')
            try:
                fields[name](value[name])
            except ValueError as error:
                raise ValueError(f'{name}: {error}') from error

    return check_record


def relative_path(value):
    text(300)(value)
    if (
        not value
        or value.startswith('/')
        or os.path.normpath(value) != value
        or value.split('/')[0] in ('.', '..')
    ):
        raise ValueError(f'must be a plain path inside the release, not {value[:60]!r}')


def absolute_path(value):
    text(200)(value)
    if not re.fullmatch(r'(/[A-Za-z0-9._@+-]+)+', value) or os.path.normpath(value) != value:
        raise ValueError(f'must be a plain absolute path, not {value[:60]!r}')


def ip_address(value):
    """Never a name: looking one up takes as long as a name server likes, and may give somebody else's address."""
    text(45)(value)
    if re.fullmatch(r'([0-9]{1,3}\.){3}[0-9]{1,3}', value) and all(
        int(part) < 256 for part in value.split('.')
    ):
        return
    try:
        if not re.fullmatch('[0-9A-Fa-f.:]+', value):
            raise OSError
        import socket  # takes longer than all the rest here, and most services have an IPv4 address

        socket.inet_pton(socket.AF_INET6, value)
    except OSError:
        raise ValueError('must be an IP address') from None


def one_of(*checks):
    def check(value):
        problems = []
        for each in checks:
            try:
                return each(value)
            except ValueError as error:
                problems.append(str(error))
        raise ValueError(' or '.join(problems))

    return check


release_id = matching(RELEASE, 'a release such as 12-3fa9c1e')
step_name = matching(r'[a-z][a-z-]{0,30}', 'lower case letters and dashes')
commit_sha = matching(r'[0-9a-f]{7,64}', 'a commit')
program = matching(r'[A-Za-z0-9._/+][A-Za-z0-9._/+-]{0,200}', 'the name or path of a program')
variable = matching(r'[A-Za-z_][A-Za-z0-9_]{0,100}', 'the name of a variable')
address_of = one_of(record({'host': ip_address, 'port': number(1, 65535)}), record({'socket': absolute_path}))
claim_of = record(
    {'fence': number(1, 1 << 40), 'run': text(200), 'seq': number(0, 1 << 40), 'attempt': number(0, 1 << 40)}
)
# What is kept for the controller, and never looked into here.
kept_of = record(
    {'payload': text(1 << 16, lines=True), 'signature': matching(r'[0-9a-f]{64}', 'a signature')}
)
policy_of = record(
    {
        'service': matching(NAME, 'a name such as shop'),
        'user': matching(NAME, 'a user name'),
        'deployUser': matching(NAME, 'a user name'),
        'base': absolute_path,
        'envFiles': list_of(absolute_path, 20),
        'unit': matching(UNIT, 'a unit name such as shop.service'),
        # Root's word on where the service may listen; left out: where systemd and Linux let it.
        'addresses': optional(list_of(text(300), 100)),
    }
)


def check_field(check, value, name):
    try:
        check(value)
    except ValueError as error:
        raise Refused('InvalidInput', f"The request's {name}: {error}.") from error
