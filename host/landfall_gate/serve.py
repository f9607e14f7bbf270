"""Starts uvicorn without Gunicorn, and is its supervisor: `serve.py uvicorn --fd 3 … landfall_gate.wrapped:app`.

This process gives the workers the memory that they share (LANDFALL_INSTANCE), ends a release on trial that cannot prove
itself, and passes signals on. systemd hears READY=1 from the workers. Without a gate the server listens by itself,
and READY=1 only says that it was started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# In place of this directory, whose files would hide modules of the project.
sys.path[0] = os.path.dirname(HERE)

from landfall_gate import notify  # noqa: E402
from landfall_gate.channel import say  # noqa: E402
from landfall_gate.instance import STAGES, Instance  # noqa: E402
from landfall_gate.result import refused_status  # noqa: E402
from landfall_gate.settings import Settings, read_settings  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

# As `python -m` would start it, with the gate at the end of the path.
BOOT = 'import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module(sys.argv.pop(1), run_name="__main__")'
REFUSED = 3
# Seconds.
LOOK, GRACE = 0.05, 2.0
FIRST_HANDED = 3


class Supervisor:
    def __init__(self, server: str, words: list[str], environ: Mapping[str, str]) -> None:
        self.told_to_stop = False
        gated = '--fd' in words
        self.settings: Settings | None = read_settings(environ) if gated else None
        self.environment = {
            name: value for name, value in environ.items() if name not in ('LISTEN_FDS', 'LISTEN_PID')
        }
        self.instance: Instance | None = None
        if gated:
            self.instance = Instance(new_file(environ))
            self.environment.update(
                LANDFALL_INSTANCE=self.instance.path or '',
                LANDFALL_STARTED=repr(self.instance.started),
                LANDFALL_SOCKET=str(os.fstat(FIRST_HANDED).st_ino),
                LANDFALL_WORKERS=value_of('--workers', words) or environ.get('WEB_CONCURRENCY') or '1',
                LANDFALL_STOP=value_of('--timeout-graceful-shutdown', words) or '30',
            )
        self.command = [sys.executable, '-c', BOOT, os.path.dirname(HERE), server, *words]

    def run(self) -> int:
        """Returns the exit status of the unit."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, self.pass_on)
        self.server = subprocess.Popen(  # noqa: S603 -- the command of the unit
            self.command,
            env=self.environment,
            pass_fds=[FIRST_HANDED] if self.instance else [],
            start_new_session=True,
        )
        if self.told_to_stop:
            self.server.terminate()
        if self.instance is None:
            notify.tell('READY=1')
            return self.ended()
        while not self.instance.ready:
            has_ended = self.server.poll() is not None
            reason = self.reason(has_ended)
            if reason:
                return self.refuse(reason)
            if has_ended:
                break
            time.sleep(LOOK)
        return self.ended()

    def pass_on(self, number: int, _: object) -> None:
        self.told_to_stop = self.told_to_stop or number != signal.SIGHUP
        server = getattr(self, 'server', None)
        if server is not None and server.poll() is None:
            server.send_signal(number)

    def ended(self) -> int:
        """Waits for the end of the server."""
        code = self.server.wait()
        if self.told_to_stop and code in (0, -signal.SIGTERM, -signal.SIGINT, -signal.SIGQUIT):
            return 0
        return code if code >= 0 else 128 - code

    def reason(self, has_ended: bool) -> str | None:
        """Why a release on trial cannot become ready; None: it still may, or is not on trial."""
        instance, settings = self.instance, self.settings
        if instance is None or settings is None or not settings.trial or self.told_to_stop:
            return None
        if instance.reason:
            return instance.reason
        late = time.monotonic() - instance.started - settings.end
        pid, stage = instance.lost() or (None, 0)
        if pid is None and has_ended:
            pid = self.server.pid
        if pid is not None and late < 0:
            return f'not ready: worker {pid} ended while {STAGES.get(stage, "booting")}'
        if pid is None and late < GRACE:
            return None
        pid, stage = (pid, stage) if pid is not None else instance.slowest() or (self.server.pid, 0)
        return f'{settings.late()}: worker {pid} was still {STAGES.get(stage, "booting")}'

    def refuse(self, reason: str) -> int:
        if self.instance is not None and self.instance.refuse(reason):
            say(reason)
        notify.tell(refused_status(reason))
        try:
            os.killpg(self.server.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.server.wait()
        return REFUSED


def new_file(environ: Mapping[str, str]) -> str:
    directory = environ.get('RUNTIME_DIRECTORY', '').split(':')[0] or None
    handle, path = tempfile.mkstemp(prefix='gate-', dir=directory)
    os.close(handle)
    return path


def value_of(name: str, words: list[str]) -> str | None:
    """The last value of an option, which may be written as one word."""
    value = None
    for at, word in enumerate(words):
        if word == name and at + 1 < len(words):
            value = words[at + 1]
        elif word.startswith(name + '='):
            value = word[len(name) + 1 :]
    return value


def main() -> int:
    server, *words = sys.argv[1:]
    if '--fd' in words and not notify.was_handed_socket(os.environ):
        reason = notify.NO_SOCKET
        say(reason)
        notify.tell(refused_status(reason))
        return 1
    supervisor = Supervisor(server, words, os.environ)
    try:
        return supervisor.run()
    finally:
        if supervisor.instance is not None and supervisor.instance.path:
            os.unlink(supervisor.instance.path)


if __name__ == '__main__':
    sys.exit(main())
