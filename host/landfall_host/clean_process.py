"""This process without anything of its caller's: environment, limits and signals."""

from __future__ import annotations

import os
import resource
import signal

from landfall_host.protocol import Refused

CLEAN_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LC_ALL': 'C.UTF-8',
    'SYSTEMD_COLORS': '0',
    'SYSTEMD_PAGER': '',
    'SYSTEMD_LOG_LEVEL': 'warning',
}
OPEN_FILES = 1024
# The least of each limit with which a request can be finished. All limits are lifted where that is allowed.
LEAST = {
    'FSIZE': 1 << 32,
    'NOFILE': 64,
    'CPU': 300,
    'AS': 1 << 30,
    'DATA': 1 << 30,
    'RSS': 1 << 30,
    'STACK': 1 << 20,
    'NPROC': 64,
}
# Python ignores these itself, so that a write fails instead.
OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def enter_clean_environment() -> dict[str, str]:
    """Keeps the caller's environment, limits and signals from all that runs here. Returns that environment."""
    os.umask(0o022)
    os.chdir('/')
    enter_own_limits()
    enter_own_signals()
    given = dict(os.environ)
    os.environ.clear()
    os.environ.update(CLEAN_ENVIRONMENT)
    return given


def enter_own_limits() -> None:
    """sudo passes on the caller's limits. One byte a file, or one second of CPU time, would interrupt a change."""
    for name in LEAST:
        kind = getattr(resource, 'RLIMIT_' + name)
        wanted = OPEN_FILES if name == 'NOFILE' else resource.RLIM_INFINITY
        try:
            resource.setrlimit(kind, (wanted, wanted))
        except (ValueError, OSError):  # in a container that may not raise it
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_own_limits() -> None:
    """Refuses to begin what could not be ended: where the caller's limits cannot be raised."""
    for name, least in LEAST.items():
        limit = resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[0]
        if limit != resource.RLIM_INFINITY and limit < least:
            raise Refused(
                'CommandFailed',
                f'RLIMIT_{name} is {limit} for whoever calls landfall-host on this host, and cannot be '
                f'raised; it must be at least {least}. Nothing was done. Raise it for this login.',
            )


def enter_own_signals() -> None:
    """A caller can have signals ignored or held back. Children would then end unseen, and no alarm would come."""
    for number in signal.valid_signals():
        if number not in OF_PYTHON and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
