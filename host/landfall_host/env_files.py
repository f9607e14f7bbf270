"""The environment files of a service, as far as systemd does not read them as they are meant."""

from __future__ import annotations

from landfall_host.env_syntax import findings
from landfall_host.managed_env import managed_values
from landfall_host.secret_values import environment_of, parse_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.contract_types import EnvironmentFindings, FileVariable
    from landfall_host.state import Host


def environment_findings(paths: Iterable[str]) -> EnvironmentFindings:
    """A sentence each, without any value. `drops`: systemd drops a setting; `notices`: it reads another value."""
    drops: list[str] = []
    notices: list[str] = []
    seen: dict[str, str] = {}
    for path in paths:
        content = read_bytes(path)
        for line, words, is_dropped in findings(content):
            (drops if is_dropped else notices).append(f'{path}, line {line}: {words}')
        for name in parse_environment(content.decode(errors='replace')):
            if name in seen:
                notices.append(f'{path} sets {name} again, which {seen[name]} sets too: the last file counts')
            seen[name] = path
    return {'drops': drops, 'notices': notices}


def names_in_files(paths: Iterable[str]) -> list[FileVariable]:
    """Each variable that the files set, and which of them sets it last."""
    found: dict[str, str] = {}
    for path in paths:
        found.update((name, path) for name in parse_environment(read_bytes(path).decode(errors='replace')))
    return [{'name': name, 'file': found[name]} for name in sorted(found)]


def given_to(host: Host, release: str) -> set[str]:
    """The names that root's environment files or `landfall env` set: Landfall's own values give way to them."""
    return {*environment_of(host), *managed_values(host, release)}


def environment_warnings(paths: Iterable[str]) -> list[str]:
    found = environment_findings(paths)
    return [*found['drops'], *found['notices']]


def read_bytes(path: str) -> bytes:
    """Empty where there is none: systemd then says so itself."""
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return b''
