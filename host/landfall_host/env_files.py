"""The environment files of a service, as far as systemd does not read them as they are meant."""

from __future__ import annotations

from landfall_host.env_syntax import findings
from landfall_host.secret_values import parse_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.contract_types import EnvironmentFindings


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
