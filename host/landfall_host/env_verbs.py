"""Reading and changing the managed environment. No value leaves this host."""

from __future__ import annotations

import os

from landfall_host.env_files import names_in_files
from landfall_host.files import now, write_json
from landfall_host.managed_env import (
    newest_version,
    read_version,
    version_numbers,
    version_of,
    version_path,
    versions_directory,
)
from landfall_host.protocol import Refused
from landfall_host.unit import serving_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import (
        EnvironmentVersion,
        EnvListRequest,
        EnvListResult,
        EnvListResultContents,
        EnvSetRequest,
        EnvSetResult,
    )
    from landfall_host.shapes import EnvVersion
    from landfall_host.state import Host

# Variables; bytes of one with its name, and of all: the kernel starts no process with more (128 KiB and 2 MiB).
MOST_VARIABLES, MOST_BYTES, MOST_BYTES_OF_ALL = 500, 120_000, 500_000
NOTHING: EnvVersion = {'number': 0, 'changed': '', 'by': '', 'values': {}, 'since': {}}


def verb_env_list(host: Host, ask: EnvListRequest, stdin: BinaryIO) -> EnvListResult:
    host.load()
    live = serving_unit(host)[2]
    known = [read_version(host, number) for number in version_numbers(host)]
    wanted = ask['versions'] or [newest_version(host) or 0]
    return {
        'newest': newest_version(host) or 0,
        'live': None if live is None else {'release': live, 'version': version_of(host, live) or 0},
        'versions': [summary(each) for each in known if each],
        'contents': [
            contents(version, ask['nonce'])
            for version in known
            if version is not None and version['number'] in wanted
        ],
        'files': names_in_files(host.policy['envFiles']),
    }


def summary(version: EnvVersion) -> EnvironmentVersion:
    return {
        'number': version['number'],
        'changed': version['changed'],
        'by': version['by'],
        'count': len(version['values']),
    }


def contents(version: EnvVersion, nonce: str) -> EnvListResultContents:
    return {
        'number': version['number'],
        'variables': [
            {
                'name': name,
                'since': version['since'][name][0],
                'changed': version['since'][name][1],
                'digest': digest(nonce, name, value),
            }
            for name, value in sorted(version['values'].items())
        ],
    }


def digest(nonce: str, name: str, value: str) -> str:
    """Equal values of one call have equal digests. Trying values needs the nonce of the call."""
    import hashlib
    import hmac

    return hmac.new(nonce.encode(), f'{name}={value}'.encode(), hashlib.sha256).hexdigest()


def verb_env_set(host: Host, ask: EnvSetRequest, stdin: BinaryIO) -> EnvSetResult:
    """Writes a version, from the newest one and these changes. Without a difference, the newest one stays."""
    host.lock()
    before = read_version(host, newest_version(host)) or NOTHING
    values = {name: value for name, value in before['values'].items() if name not in ask['unset']}
    values.update(ask['set'])
    check_size(values)
    old = before['values']
    moved = before['number'] != ask['base']
    changed = values != old
    number = max(before['number'] + 1, ask['number']) if changed else before['number']
    if ask['apply'] and changed and not moved:
        time = now()
        since = {
            name: before['since'][name] if old.get(name) == value else [number, time]
            for name, value in values.items()
        }
        version: EnvVersion = {
            'number': number,
            'changed': time,
            'by': ask['by'],
            'values': values,
            'since': since,
        }
        os.makedirs(versions_directory(host), mode=0o700, exist_ok=True)
        write_json(version_path(host, number), version)
    return {
        'moved': moved,
        'before': before['number'],
        'number': number,
        'added': sorted(set(values) - set(old)),
        'changed': sorted(name for name in values if name in old and values[name] != old[name]),
        'removed': sorted(set(old) - set(values)),
        'missing': sorted(set(ask['unset']) - set(old)),
        'files': [each for each in names_in_files(host.policy['envFiles']) if each['name'] in values],
    }


def check_size(values: dict[str, str]) -> None:
    sizes = {name: len(name) + len(value.encode()) + 2 for name, value in values.items()}
    longest = max(sizes, key=lambda name: sizes[name], default='')
    if longest and sizes[longest] > MOST_BYTES:
        raise Refused('InvalidInput', f'The value of {longest} is longer than {MOST_BYTES} bytes.')
    if len(values) > MOST_VARIABLES or sum(sizes.values()) > MOST_BYTES_OF_ALL:
        raise Refused(
            'InvalidInput',
            f'The environment would have {len(values)} variables of {sum(sizes.values())} bytes; '
            f'{MOST_VARIABLES} variables of {MOST_BYTES_OF_ALL} bytes are the limit.',
        )
