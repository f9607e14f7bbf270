"""How the units of a release's processes would differ from those of the live release."""

from __future__ import annotations

from landfall_host.process_files import Name
from landfall_host.process_units import service_text, timer_text
from landfall_host.unit_files import masked_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.shapes import StoredProcesses
    from landfall_host.state import Host


def process_diffs(
    host: Host,
    release: str,
    before: StoredProcesses | None,
    after: StoredProcesses,
    given: Iterable[str],
) -> list[str]:
    """The lines of all diffs. A place in a unit names its process. Both sides are rendered under one name.

    `before`: the live release's. `given`: names that root's environment files set.
    """
    given, lines = list(given), []
    for process in sorted({*(before['units'] if before else ()), *after['units']}):
        name = Name(release, process, 1, 'service')
        diff = masked_diff(text_of(host, name, before, given), text_of(host, name, after, given))[2:]
        lines += [f'{line} {process}' if line.startswith('@@') else line for line in diff]
    return lines


def text_of(host: Host, name: Name, stored: StoredProcesses | None, given: list[str]) -> str | None:
    """The service and, with a schedule, its timer; None: the release has no such process."""
    process = stored['units'].get(name.process) if stored else None
    if stored is None or process is None:
        return None
    timer = timer_text(host, name, process) if process['schedule'] is not None else ''
    return service_text(host, stored['group'], name, stored, given, []) + timer
