"""Ends all that runs of a service, apart from one release. systemd listens meanwhile where it can."""

from __future__ import annotations

from landfall_host.early_socket import open_early, open_when_free
from landfall_host.instances import running_instances
from landfall_host.overdue import END_PROPERTIES, end_overdue
from landfall_host.process_verbs import stop_processes
from landfall_host.run import must_run
from landfall_host.sockets import close_socket, socket_state
from landfall_host.stand_in import end_stand_in, stand_aside
from landfall_host.systemd import show, show_all
from landfall_host.unit_files import daemon_reload
from landfall_host.user_processes import end_user_processes
from landfall_host.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from landfall_host.contract_types import Address, MakeRoomRequest, MakeRoomResult
    from landfall_host.state import Host


def verb_make_room(host: Host, ask: MakeRoomRequest, stdin: BinaryIO) -> MakeRoomResult:
    """Stops every unit of the service apart from one release. Answers within seconds; call again until `stopped`."""
    address = ask.get('listen')
    # Before the old unit is touched: an address that another program has is a reason not to stop anything.
    early = address is None or open_early(host, address)
    if not make_room(host, ask['release'], 5, None if early else address):
        return {'stopped': False, 'ended': 0, 'listens': socket_state(host)['active']}
    if ask['closeSocket']:
        # systemd opens no socket for a service that is up, as the alias unit is.
        must_run(['systemctl', 'stop', host.unit])
        close_socket(host)
        if stand_aside(host):
            daemon_reload()
            end_stand_in(host)
    ended = 0
    if ask.get('endUser'):
        # Not before: what systemd has not stopped yet, it might start again.
        stop_processes(host)
        ended = end_user_processes(host)
    return {'stopped': True, 'ended': ended, 'listens': socket_state(host)['active']}


def make_room(host: Host, keep: str | None, seconds: float, listen: Address | None = None) -> bool:
    """Whether everything but `keep` has stopped within this time. `listen`: where systemd listens once it can."""
    asked: set[str] = set()
    awaited = listen

    def still_running() -> set[str]:
        nonlocal awaited
        running = {host.instance(release) for release in running_instances(host) if release != keep}
        if show(host.unit, 'MainPID').get('MainPID', '0') != '0':
            running.add(host.unit)
        if running - asked:
            must_run(['systemctl', 'stop', '--no-block', *sorted(running - asked)])
            asked.update(running)
        if awaited is not None and open_when_free(host, awaited):
            awaited = None
        return running

    pause = 0.05 if listen is None else 0.005
    if wait_until(
        lambda: not still_running(), seconds, pause, longest_pause=0.1 if listen is None else pause
    ):
        return True
    end_overdue(show_all(sorted(still_running()), END_PROPERTIES))
    return False
