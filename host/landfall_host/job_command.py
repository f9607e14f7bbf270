"""Becomes a job's command, with the process that keeps its output alongside.

systemd runs this as the job's user. Standard input is the file that names the command. Standard output is the job's
output file. systemd opened both as root. The command replaces this process, so that it is the unit's main process,
whose end systemd reports.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from landfall_host.keep_output import keep_output


def run_job() -> None:
    with open(0, 'rb', closefd=False) as file:
        command = json.loads(file.read().decode())
    # The variables from systemd: Python itself may have added one for its locale.
    with open('/proc/self/environ', 'rb') as file:
        environment = dict(entry.split(b'=', 1) for entry in file.read().split(b'\0') if b'=' in entry)
    environment.update((os.fsencode(name), os.fsencode(value)) for name, value in command['env'].items())
    nothing = os.open('/dev/null', os.O_RDONLY)
    os.dup2(nothing, 0)
    reader, writer = os.pipe()
    # Held back until the keeper ignores it. A command may end at once, and systemd then ends the other processes.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    if os.fork() == 0:
        # The keeper outlives the SIGTERM that the rest of the unit gets, until all output is kept.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(writer)
        keep_output(reader, 1)
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    # Python ignores it. SIGPIPE is ignored by systemd's default.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    argv = [os.fsencode(argument) for argument in command['argv']]
    try:
        os.execvpe(argv[0], argv, environment)  # noqa: S606 -- the command that was asked for
    except OSError as error:
        sys.stderr.write(f'{command["argv"][0]}: {error.strerror}\n')
        sys.stderr.flush()
        os._exit(127 if isinstance(error, (FileNotFoundError, NotADirectoryError)) else 126)
