"""Plays systemd's part for the tests of the gate: a listening socket that instances share, and notifications.

Reads one JSON command a line from standard input, and ends its processes at the end of standard input.

    {"start": name, "argv": [...], "env": {...}, "cwd": "..."}

        ALONE in "env" starts the command as by hand, without the socket: LISTEN_FDS and LISTEN_PID of "env" apply.

    {"signal": name, "number": 15}     to the main process only, as KillMode=mixed does

Prints one JSON event a line:

    {"event": "listening", "port": n, "inode": n}

    {"event": "started" | "notified" | "logged" | "ended", "instance": name, "at": seconds, ...}

`ended` names in `left` the remaining processes, which are then killed, as systemd would.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXEC = """import os, sys
fd = int(sys.argv[1])
if fd != 3:
    os.dup2(fd, 3)
    os.close(fd)
os.set_inheritable(3, True)
os.environ['LISTEN_PID'] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""
output = threading.Lock()


def tell(event: str, **more: Any) -> None:
    with output:
        sys.stdout.write(json.dumps(dict(more, event=event, at=time.monotonic())) + '\n')
        sys.stdout.flush()


class Instance:
    def __init__(
        self,
        name: str,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        listener: socket.socket,
        directory: str,
    ) -> None:
        self.name = name
        self.notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if env.pop('ABSTRACT_NOTIFY_SOCKET', None):
            address = f'@landfall-gate-test-{os.getpid()}-{name}'
            self.notifications.bind('\0' + address[1:])
        else:
            address = os.path.join(directory, name)
            self.notifications.bind(address)
        if env.pop('ALONE', None) is None:
            env['LISTEN_FDS'] = '1'
            argv = [sys.executable, '-I', '-S', '-c', EXEC, str(listener.fileno()), *argv]
        self.process = subprocess.Popen(
            argv,
            env=dict(os.environ, NOTIFY_SOCKET=address, **env),
            cwd=cwd,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        tell('started', instance=name, pid=self.process.pid)
        self.logging, self.listening, waiting = [
            threading.Thread(target=work, daemon=True) for work in (self.log, self.listen, self.wait)
        ]
        for thread in (self.logging, self.listening, waiting):
            thread.start()

    def listen(self) -> None:
        for text in iter(lambda: self.notifications.recv(65536), b''):
            tell('notified', instance=self.name, text=text.decode())

    def log(self) -> None:
        for line in self.process.stdout or ():
            tell('logged', instance=self.name, line=line.decode(errors='replace').rstrip('\n'))

    def wait(self) -> None:
        code = self.process.wait()
        left = members(self.process.pid)
        kill_all(left)
        # So that its last words come before its end; what it has sent is still read.
        self.notifications.shutdown(socket.SHUT_RD)
        for thread in (self.logging, self.listening):
            thread.join(10)
        tell('ended', instance=self.name, code=code, left=left)


def members(session: int) -> list[int]:
    """The processes of a session that are not zombies."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat') as file:
                fields = file.read().rsplit(')', 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != 'Z':
            found.append(int(pid))
    return found


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def main() -> None:
    listener = socket.create_server(('127.0.0.1', 0), backlog=1024)
    instances: dict[str, Instance] = {}
    with tempfile.TemporaryDirectory(prefix='landfall-gate-') as directory:
        tell('listening', port=listener.getsockname()[1], inode=os.fstat(listener.fileno()).st_ino)
        for line in sys.stdin:
            command = json.loads(line)
            if 'start' in command:
                name = command['start']
                instances[name] = Instance(
                    name, command['argv'], command['env'], command['cwd'], listener, directory
                )
            else:
                instances[command['signal']].process.send_signal(command['number'])
        for instance in instances.values():
            kill_all(members(instance.process.pid))


if __name__ == '__main__':
    main()
