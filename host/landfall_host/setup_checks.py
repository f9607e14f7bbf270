"""The needs of a deploy that this host does not meet, each with the next step."""

from __future__ import annotations

import os
import re
import shutil
import time

from landfall_host.files import read_text
from landfall_host.listeners import holder_of
from landfall_host.packages import manager
from landfall_host.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from landfall_host.contract_types import Address, SetupRequest
    from landfall_host.setup_steps import SetupSteps
    from landfall_host.state import Host

OLDEST_SYSTEMD = 245
# A release, its environment, and the same again alongside.
LEAST_FREE = 512 << 20
MOST_CLOCK_DIFFERENCE = 60


def offer_packages(plan: SetupSteps, ask: SetupRequest) -> None:
    """Adds an action for each Debian or Fedora package that is missing. Without a package manager it adds none."""
    if manager() is None:
        return
    if not shutil.which('visudo'):
        plan.package('sudo', lambda: bool(shutil.which('visudo')))
    # `python: managed`, another interpreter and uv bring what they need.
    if ask.get('python', '') is None and not shutil.which('uv') and not has_venv() and manager() == 'apt-get':
        plan.package('python3-venv', has_venv)


def has_venv() -> bool:
    return run(['/usr/bin/python3', '-I', '-c', 'import venv, ensurepip'])[0] == 0


def problems(host: Host, ask: SetupRequest) -> list[str]:
    """Sentences for people. Empty: nothing stands in the way of a deploy."""
    found = [*of_systemd(), *of_place(host.base)]
    if 'now' in ask:
        found += of_clock(ask['now'])
    if 'address' in ask:
        found += of_address(host, ask['address'])
    if (read_text('/sys/fs/selinux/enforce') or '').strip() == '1':
        found.append(
            f'SELinux enforces its policy here. Programs below {host.base} need the type bin_t: '
            f"semanage fcontext -a -t bin_t '{host.base}/venvs/.*/bin/.*'"
        )
    return found


def of_systemd() -> Iterator[str]:
    version = re.match(r'systemd (\d+)', run(['systemctl', '--version'])[1])
    if version is None:
        yield 'systemd does not answer here. Landfall runs services with systemd and nothing else.'
    elif int(version.group(1)) < OLDEST_SYSTEMD:
        yield f'systemd {version.group(1)} is too old: a deploy needs {OLDEST_SYSTEMD}. Update this host.'


def of_place(base: str) -> Iterator[str]:
    place = base
    while not os.path.exists(place):
        place = os.path.dirname(place)
    status = os.statvfs(place)
    if status.f_flag & os.ST_NOEXEC:
        yield f'{place} is mounted noexec, so no program of a release can start. Mount it without noexec.'
    free = status.f_bavail * status.f_frsize
    if free < LEAST_FREE:
        yield (
            f'{place} has {free >> 20} MiB free. Two releases with their environments may need '
            f'{LEAST_FREE >> 20} MiB: free space there.'
        )


def of_clock(now: int) -> Iterator[str]:
    difference = round(time.time() - now)
    if abs(difference) > MOST_CLOCK_DIFFERENCE:
        side = 'ahead of' if difference > 0 else 'behind'
        yield (
            f'The clock of this host is {abs(difference)} s {side} that of this client. '
            'Let a time service set it: timedatectl set-ntp true'
        )


def of_address(host: Host, address: Address) -> Iterator[str]:
    holder = holder_of(address)
    if holder is None:
        return
    service, place = host.service, place_of(address)
    unit = socket_unit(address) if holder.endswith('(process 1)') else unit_of(holder)
    if unit is not None and (unit in (host.unit, f'{service}.socket') or unit.startswith(f'{service}@')):
        return
    who = f'{unit}, {holder},' if unit and not holder.endswith('(process 1)') else unit or holder
    yield (
        f'{who} listens on {place}, where {service} is to listen. Stop and disable it, or write another '
        f'`bind:`. If it is the old unit of {service}, write `unit: {unit or "<its name>"}`.'
    )


def place_of(address: Address) -> str:
    return address['socket'] if 'socket' in address else f'{address["host"]}:{address["port"]}'


def unit_of(holder: str) -> str | None:
    process = re.search(r'process (\d+)\)', holder)
    groups = read_text(f'/proc/{process.group(1)}/cgroup') if process else None
    units = re.findall(r'/([^/\n]+\.(?:service|scope))$', groups or '', re.MULTILINE)
    return units[0] if units else None


def socket_unit(address: Address) -> str | None:
    """The socket unit for which systemd itself listens."""
    place = address['socket'] if 'socket' in address else f':{address["port"]}'
    for line in run(['systemctl', 'list-sockets', '--no-legend', '--no-pager', '--full'])[1].splitlines():
        listens, _, rest = line.strip().partition(' ')
        if listens.endswith(place):
            return next((word for word in rest.split() if word.endswith('.socket')), None)
    return None
