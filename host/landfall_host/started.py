"""Which release a unit's present start is of: known from what root wrote and systemd read.

Never from the process. A process can change its own environment, directory and program. So a compromised release
would answer for another one.
"""

from __future__ import annotations

import re

from landfall_host.contract import RELEASE
from landfall_host.instances import release_of_instance
from landfall_host.systemd import foreign, number, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.shapes import Properties, Started
    from landfall_host.state import Host


def release_read(shown: Properties) -> str | None:
    """The release that a unit starts, as systemd has read it. `shown`: its properties, Environment among them."""
    found = re.search(rf'(?:^| )"?LANDFALL_RELEASE=({RELEASE})"?(?: |$)', shown.get('Environment', ''))
    return found.group(1) if found else None


def release_started(host: Host, unit: str, invocation: str | None) -> str | None:
    """By systemd's id of the start. An instance is of the release in its name, all its life."""
    if unit != host.unit:
        return release_of_instance(host, unit)
    kept = host.state.get('started')
    if kept and kept['invocation'] == invocation:
        return kept['release']
    return release_read({'Environment': foreign(unit, 'Environment')})


def keep_started(host: Host) -> None:
    """Before the service's own unit gets another text: of which release the start is that runs now."""
    shown = show(host.unit, 'MainPID', 'InvocationID')
    invocation = shown.get('InvocationID')
    if number(shown.get('MainPID')) and invocation:
        now: Started = {'invocation': invocation, 'release': release_started(host, host.unit, invocation)}
        if host.state.get('started') != now:
            host.state['started'] = now
            host.save()
