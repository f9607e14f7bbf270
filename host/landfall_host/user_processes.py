"""Ending every process of the service's user: in the unit, in a job, or left by an app outside of both.

One `kill` to all processes that a user may signal is a single step for the kernel. A process that forks or kills
meanwhile does not escape, as it could if they were ended one by one. A child does this: it is this user, and no
process of that user may signal it.
"""

from __future__ import annotations

import os
import signal

from landfall_host.accounts import account
from landfall_host.files import read_of_kernel
from landfall_host.protocol import Refused
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# A killed process ends within milliseconds, unless the kernel waits for a device.
SECONDS = 5
CHILD_SECONDS = 2
# No system gives such a number to a user. Counted down while a user has it all the same.
HIGHEST_UID = 0x7FFFFFFE


def end_user_processes(host: Host) -> int:
    """How many processes of the service's user have ended.

    Never those of root or of the deploying user. Refused when some are left at the limit.
    """
    uid, deployer = account(host.user).pw_uid, account(host.deployer).pw_uid
    if uid in (0, deployer):
        raise Refused(
            'SetupNeeded',
            f'The service runs as {host.user}, which is not its own user: its processes cannot be ended '
            'all at once. Give the service a user of its own in landfall.yaml, and run `landfall setup`.',
        )
    return end_processes_of(host.user, uid)


def end_processes_of(name: str, uid: int) -> int:
    """How many processes of this user, which is not root, have ended."""
    found: list[int] = []
    ended = 0

    def all_ended() -> bool:
        nonlocal found, ended
        found, used = processes_and_users(uid)
        ended = max(ended, len(found))
        if found:
            kill_all_of(uid, next(free for free in range(HIGHEST_UID, 0, -1) if free not in used))
        return not found

    if wait_until(all_ended, SECONDS, longest_pause=0.02):
        return ended
    raise Refused(
        'CommandFailed',
        f'{len(found)} processes of {name} do not end on this host ({", ".join(map(str, found[:10]))}). '
        f'See what they wait for: ps -o pid,stat,wchan,args -u {name}',
    )


def processes_and_users(uid: int) -> tuple[list[int], set[int]]:
    """The processes that are this user's in any way and have not ended, and every user that some process is."""
    found, used = [], set()
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        fields = status_of(entry)
        users = {int(user) for user in fields.get('Uid', '').split()}
        used |= users
        if uid in users and fields.get('State', '').split()[:1] not in (['Z'], ['X']):
            found.append(int(entry))
    return found, used


def status_of(process: str) -> dict[str, str]:
    """The kernel's fields about a process. Empty when the process is gone."""
    text = read_of_kernel(f'/proc/{process}/status') or ''
    return dict(line.split(':', 1) for line in text.split('\n') if ':' in line)


def kill_all_of(uid: int, nobody: int) -> None:
    """From a child that may signal this user's processes alone, and that none of them may signal or stop.

    `nobody`: a user that no process is.
    """
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            try:
                os.setresuid(nobody, uid, nobody)
            except OSError:  # a container without that many users
                os.setresuid(uid, uid, uid)
            if 0 not in os.getresuid() and is_powerless():
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    if not wait_until(lambda: os.waitpid(child, os.WNOHANG) != (0, 0), CHILD_SECONDS, 0.001, 0.001):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def is_powerless() -> bool:
    """Whether nothing of root's power is left in this process: with it, it would kill everybody's."""
    return int(status_of('self').get('CapEff', '1'), 16) == 0
