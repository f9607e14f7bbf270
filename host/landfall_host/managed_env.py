"""The managed environment: variables that `landfall env` keeps, in versions that never change once they are written.

A release has one version for its whole life: the newest one when it was staged. All that runs of the release reads
that version, and a rollback takes back the settings of its release.

No value stands in a unit, and systemd reads none. systemd opens the file as root and hands it to the service as its
standard input (`with_environment`). So a command of root's in a drop-in (`ExecStartPre=+…`) gets no variable that the
deploying user has set.
"""

from __future__ import annotations

import os
import re

from landfall_host.files import names_in, read_json, remove_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.shapes import EnvVersion, StoredRelease
    from landfall_host.state import Host

# The newest versions stay for `landfall env diff`, besides those that a release needs.
MOST_SPARE = 10


def versions_directory(host: Host) -> str:
    return os.path.join(host.var, 'env')


def version_path(host: Host, number: int) -> str:
    return os.path.join(versions_directory(host), f'{number}.json')


def version_numbers(host: Host) -> list[int]:
    """Oldest first."""
    found = (re.fullmatch(r'([1-9][0-9]*)\.json', name) for name in names_in(versions_directory(host)))
    return sorted(int(match.group(1)) for match in found if match)


def newest_version(host: Host) -> int | None:
    """None: nothing was ever set."""
    return max(version_numbers(host), default=None)


def read_version(host: Host, number: int | None) -> EnvVersion | None:
    version: EnvVersion | None = None if number is None else read_json(version_path(host, number))
    return version


def version_of(host: Host, release: str) -> int | None:
    """None: nothing was set when the release was staged."""
    entry = read_json(os.path.join(host.var, 'releases', release + '.json'))
    number: int | None = (entry or {}).get('env')
    return number


def managed_values(host: Host, release: str) -> dict[str, str]:
    """The variables of a release that `landfall env` has set."""
    version = read_version(host, version_of(host, release))
    return version['values'] if version else {}


def newest_values(host: Host) -> dict[str, str]:
    """The variables that the next release gets from `landfall env`."""
    version = read_version(host, newest_version(host))
    return version['values'] if version else {}


def file_of(host: Host, release: str) -> str | None:
    """The file with the variables of a release. None: it has none."""
    number = version_of(host, release)
    return None if number is None else version_path(host, number)


def all_values(host: Host) -> set[tuple[str, str]]:
    """(variable, value) of every version that is kept: a release of before may still run with it."""
    versions = [read_version(host, number) for number in version_numbers(host)]
    return {pair for version in versions if version for pair in version['values'].items()}


def prune_versions(host: Host, entries: Iterable[StoredRelease]) -> None:
    """Removes the versions that no release needs, apart from the newest ones."""
    needed = {entry.get('env') for entry in entries}
    for number in version_numbers(host)[:-MOST_SPARE]:
        if number not in needed:
            remove_file(version_path(host, number))
