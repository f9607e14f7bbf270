"""Messages to systemd: sd_notify(3)."""

from __future__ import annotations

import os
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

_address = os.environ.get('NOTIFY_SOCKET')


def tell(*lines: str) -> None:
    """Sends these lines. The unit must have NotifyAccess=all: workers send them too."""
    if not _address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1)
            channel.connect('\0' + _address[1:] if _address.startswith('@') else _address)
            channel.sendall('\n'.join(line.replace('\n', ' ') for line in lines).encode())
    except OSError:
        pass  # The service continues to serve although systemd does not listen.


def hide_from_app() -> None:
    """The app must not be able to send READY=1 itself, for example from a snippet at its import.

    By default (NotifyAccess=main) systemd does not listen to workers, so no app depends on it. Only a unit with
    a watchdog may need the app's heartbeat, and there the app keeps the socket.
    """
    if 'WATCHDOG_USEC' not in os.environ:
        os.environ.pop('NOTIFY_SOCKET', None)


def mute_early_ready(systemd: Any, is_ready: Callable[[], bool]) -> None:
    """Gunicorn sends READY=1 before its workers have imported the app. All its other messages pass.

    `systemd`: Gunicorn's module.
    """
    original = systemd.sd_notify
    if hasattr(original, 'landfall_original'):
        return

    def sd_notify(state: str, *args: Any, **kwargs: Any) -> None:
        lines = state.split('\n')
        if 'READY=1' in lines and not is_ready():
            lines = [line for line in lines if line != 'READY=1' and not line.startswith('STATUS=')]
        if lines:
            original('\n'.join(lines), *args, **kwargs)

    sd_notify.landfall_original = original  # type: ignore[attr-defined]
    systemd.sd_notify = sd_notify


NO_SOCKET = (
    'no socket was handed over, and it must not listen on one of its own; this command is for systemd '
    'alone: start the service (`systemctl start`), and see whether its socket unit failed'
)


def was_handed_socket(environment: Mapping[str, str]) -> bool:
    """As Gunicorn itself decides; see sd_listen_fds(3)."""
    given, process = (environment.get(name, '') for name in ('LISTEN_FDS', 'LISTEN_PID'))
    return given.isdigit() and int(given) > 0 and process == str(os.getpid())
