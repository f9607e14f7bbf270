"""Starts a server without Gunicorn, and supervises it: `serve.py uvicorn handed --fd 3 … landfall_gate.wrapped:app`.

This process gives the workers the memory that they share (LANDFALL_INSTANCE), ends a release on trial that cannot prove
itself, and passes signals on. systemd hears READY=1 from the workers. The second word is `handed` where systemd
hands the socket over. With `itself` the server listens by itself and without a gate. READY=1 then only says that it
was started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# In place of this directory, whose files would hide modules of the project.
sys.path[0] = os.path.dirname(HERE)

from landfall_gate import notify  # noqa: E402
from landfall_gate.channel import say  # noqa: E402
from landfall_gate.instance import STAGES, Instance  # noqa: E402
from landfall_gate.result import refused_status  # noqa: E402
from landfall_gate.settings import Settings, read_settings  # noqa: E402
from landfall_gate.start import how_to_start  # noqa: E402

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
    def __init__(self, server: str, gated: bool, words: list[str], environ: Mapping[str, str]) -> None:
        self.told_to_stop = False
        # Gunicorn and uvicorn drain by themselves when they are told to stop.
        self.drains_first = gated and server != 'uvicorn'
        self.settings: Settings | None = read_settings(environ) if gated else None
        start = how_to_start(server, words, environ)
        self.environment = start.environment
        self.stop = float(start.stop)
        self.instance: Instance | None = None
        for note in start.notes:
            say(note)
        if start.workers is not None:
            self.environment['LANDFALL_WORKERS'] = start.workers
        if gated:
            self.instance = Instance(new_file(environ))
            self.environment.update(
                LANDFALL_SERVER=server,
                LANDFALL_INSTANCE=self.instance.path or '',
                LANDFALL_STARTED=repr(self.instance.started),
                LANDFALL_SOCKET=str(os.fstat(FIRST_HANDED).st_ino),
                LANDFALL_STOP=start.stop,
                LANDFALL_NOTE='; '.join(start.notes),
            )
        self.command = [sys.executable, '-c', BOOT, os.path.dirname(HERE), start.module, *start.words]

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
            self.end()
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
        was_told = self.told_to_stop
        self.told_to_stop = was_told or number != signal.SIGHUP
        if getattr(self, 'server', None) is None or self.server.poll() is not None:
            return
        if number == signal.SIGHUP:
            self.server.send_signal(number)
        elif not was_told:
            self.end()

    def end(self) -> None:
        """Tells the server to end, after its connections where it would drop them."""
        if self.drains_first:
            threading.Thread(target=self.drain, daemon=True).start()
        else:
            self.server.terminate()

    def drain(self) -> None:
        if self.instance is not None:
            limit = time.monotonic() + max(self.stop - 1, self.stop / 2)
            self.instance.stop()
            while self.instance.ready and not self.instance.has_drained() and time.monotonic() < limit:
                time.sleep(LOOK)
        self.server.terminate()

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


def main() -> int:
    server, listens, *words = sys.argv[1:]
    gated = listens == 'handed'
    if gated and not notify.was_handed_socket(os.environ):
        reason = notify.NO_SOCKET
        say(reason)
        notify.tell(refused_status(reason))
        return 1
    supervisor = Supervisor(server, gated, words, os.environ)
    try:
        return supervisor.run()
    finally:
        if supervisor.instance is not None and supervisor.instance.path:
            os.unlink(supervisor.instance.path)


if __name__ == '__main__':
    sys.exit(main())
