"""Becomes a service's process, with the variables of the managed environment.

systemd runs this as the service's user. Standard input is the file with the variables, which systemd opened as root.
The process id stays, so that systemd sees the process itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# systemd's own status for an environment that cannot be set up, and for a command that cannot be run.
NO_ENVIRONMENT, NO_COMMAND = 218, 203


def run_with_environment(argv: list[str]) -> NoReturn:
    try:
        with open(0, 'rb', closefd=False) as file:
            values = json.loads(file.read().decode())['values']
    except (OSError, ValueError, KeyError):
        # Never without: the process would take defaults for its settings.
        end(NO_ENVIRONMENT, 'standard input is not the environment; does a drop-in set StandardInput=?')
    # The variables from systemd: Python itself may have added one for its locale.
    with open('/proc/self/environ', 'rb') as file:
        environment = dict(entry.split(b'=', 1) for entry in file.read().split(b'\0') if b'=' in entry)
    environment.update((os.fsencode(name), value.encode()) for name, value in values.items())
    nothing = os.open('/dev/null', os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Python ignores it. SIGPIPE is ignored by systemd's default.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    words = [os.fsencode(word) for word in argv]
    try:
        os.execve(words[0], words, environment)  # noqa: S606 -- the unit's own command
    except OSError as error:
        end(NO_COMMAND, f'{argv[0]}: {error.strerror}')


def end(status: int, words: str) -> NoReturn:
    sys.stderr.write(f'landfall-host: {words}\n')
    sys.stderr.flush()
    os._exit(status)
