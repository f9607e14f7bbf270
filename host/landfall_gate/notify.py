"""What systemd hears."""

from __future__ import annotations

import os
import socket

_address = os.environ.get('NOTIFY_SOCKET')


def tell(*lines):
    """Sends lines of sd_notify(3). The unit must have NotifyAccess=all: workers speak too."""
    if not _address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1)
            channel.connect('\0' + _address[1:] if _address.startswith('@') else _address)
            channel.sendall('\n'.join(line.replace('\n', ' ') for line in lines).encode())
    except OSError:
        pass  # systemd not listening is no reason to stop serving


def hide_from_app():
    """The app must not be able to say READY=1 itself, for example from a snippet at its import.

    By default (NotifyAccess=main) systemd heard no worker, so nothing that worked is lost; only a
    unit with a watchdog may rely on the app for its heartbeat, and keeps its socket.
    """
    if 'WATCHDOG_USEC' not in os.environ:
        os.environ.pop('NOTIFY_SOCKET', None)


def mute_early_ready(systemd, instance):
    """Gunicorn says READY=1 before its workers have imported the app; everything else it says passes."""
    original = systemd.sd_notify
    if hasattr(original, 'landfall_original'):
        return

    def sd_notify(state, *args, **kwargs):
        lines = state.split('\n')
        if 'READY=1' in lines and not instance.ready:
            lines = [line for line in lines if line != 'READY=1' and not line.startswith('STATUS=')]
        if lines:
            original('\n'.join(lines), *args, **kwargs)

    sd_notify.landfall_original = original
    systemd.sd_notify = sd_notify
