"""Releases alongside each other.

Each release has an instance unit. All instances listen on one socket unit. The service's own unit is the alias
unit, which says which of them is live.

The alias unit only wants its instance. It is the boot unit, the unit for `systemctl restart`, and the unit that the
socket would start. So neither traffic nor a reboot ever starts another release than the live one.
"""

from __future__ import annotations

import os
import re

from landfall_host.contract import RELEASE
from landfall_host.files import names_in, read_text, remove_file, write_text
from landfall_host.places import BOOT_UNITS, TRIALS
from landfall_host.systemd import list_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# systemd's ActiveStates of an instance that serves or may come to serve.
ALIVE = ('active', 'activating', 'reloading')


def in_force(host: Host) -> str | None:
    """The service's unit text that systemd has read: the unproven one, else the one that boots."""
    return text_in_force(host.unproven, host.boots)


def socket_in_force(host: Host) -> str | None:
    """Likewise the socket's."""
    return text_in_force(host.socket_unproven, host.socket_boots)


def text_in_force(unproven: str, boots: str) -> str | None:
    text = read_text(unproven)
    return read_text(boots) if text is None else text


def instance_path(host: Host, release: str) -> str:
    # Not enabled, so that an instance boots only when the alias unit wants it. So the unit needs no place in /run.
    return os.path.join(BOOT_UNITS, host.instance(release))


def release_of_instance(host: Host, unit: str) -> str | None:
    match = re.fullmatch(re.escape(host.stem) + '@(' + RELEASE + r')\.service', unit)
    return match.group(1) if match else None


def instance_files(host: Host) -> list[str]:
    """Releases that have an instance unit on disk."""
    return [
        release for release in (release_of_instance(host, name) for name in names_in(BOOT_UNITS)) if release
    ]


def running_instances(host: Host) -> dict[str, str]:
    """Release to ActiveState of every instance that systemd has not put aside."""
    return instances_in(host, list_units([instances_pattern(host)]))


def instances_pattern(host: Host) -> str:
    return host.stem + '@*.service'


def instances_in(host: Host, units: list[tuple[str, str]]) -> dict[str, str]:
    """The same, from units that systemd has listed."""
    states = {release_of_instance(host, unit): active for unit, active in units}
    return {
        release: state for release, state in states.items() if release and state not in ('inactive', 'failed')
    }


def remove_instance(host: Host, release: str) -> bool:
    """The unit of a release that goes; it does not run."""
    remove_file(trial_path(host, release))
    return remove_file(instance_path(host, release))


def trial_path(host: Host, release: str) -> str:
    return os.path.join(TRIALS, f'{host.stem}@{release}')


def begin_trial(host: Host, release: str) -> None:
    """Read by systemd as the instance starts: the gate then refuses to serve rather than to serve badly."""
    os.makedirs(TRIALS, mode=0o755, exist_ok=True)
    write_text(trial_path(host, release), 'LANDFALL_TRIAL=1\n', 0o644)


def end_trial(host: Host, release: str) -> None:
    remove_file(trial_path(host, release))
