"""The gate's part in Gunicorn's master."""

from __future__ import annotations

import os
import signal
import sys
import time

from landfall_gate import notify, phase
from landfall_gate.channel import say, say_traceback
from landfall_gate.instance import OPEN, STAGES
from landfall_gate.master_state import MASTER
from landfall_gate.result import no_gate_status, refused_status
from landfall_gate.workers import with_gate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_gate.settings import Settings


def prepare(settings: Settings | None, problem: str | None, note: str | None) -> None:
    MASTER.settings, MASTER.problem = settings, problem
    # With preload, the master imports the app before there is a gate.
    if settings and settings.trial and not settings.alone and not MASTER.instance.ready:
        phase.tries()
    if note and note != MASTER.note:
        say(note)
    MASTER.note = note


def refuse_without_socket(server: Any) -> None:
    """Gunicorn would bind an address of its own or of the project, where nothing looks for the service.

    Checked when the master starts, and not when this configuration is read. A reload reads the configuration
    again after Gunicorn has removed systemd's variables, and `--check-config` reads it without a socket.
    """
    if notify.was_handed_socket(os.environ):
        return
    reason = notify.NO_SOCKET
    say(reason)
    notify.tell(refused_status(reason))
    sys.exit(1)


def put_gate_in(server: Any) -> None:
    """Replaces the worker class that Gunicorn decided on, from a file, from arguments or from threads."""
    MASTER.none_because = MASTER.problem or _put_gate_in(server)
    if MASTER.none_because:
        phase.serves()
        say(f'none, {MASTER.none_because}')


def _put_gate_in(server: Any) -> str | None:
    """Returns why there is no gate."""
    try:
        from gunicorn import systemd

        worker_class, why = with_gate(server.worker_class)
        if worker_class is None:
            return why
        notify.mute_early_ready(systemd, lambda: MASTER.instance.ready)
        hold_back_while_forking(server)
        server.worker_class = worker_class
        return None
    except Exception as error:
        say_traceback(error)
        return f'this Gunicorn is not as expected: {error!r}'


def hold_back_while_forking(server: Any) -> None:
    """The master hears of a worker's end before or after it forks the next one, but not meanwhile.

    Until 23, Gunicorn acts on that signal in its handler, at any point. Around a fork Python itself would lose
    the exception that ends the trial. The new worker would be left over, because the master does not know its
    number yet.
    """
    if 'spawn_worker' in vars(server):
        return  # a reload
    spawn_worker = server.spawn_worker
    held_back: set[signal.Signals] = set()

    def let_go() -> None:
        while held_back:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {held_back.pop()})

    def undisturbed() -> Any:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        held_back.add(signal.SIGCHLD)
        try:
            return spawn_worker()
        finally:
            let_go()

    server.spawn_worker = undisturbed
    # In the new worker, before the app runs. Later forks are the app's own affair.
    os.register_at_fork(after_in_child=let_go)


def tell_if_there_is_none(server: Any) -> None:
    """After Gunicorn's own READY=1, whose status would hide this one."""
    if MASTER.none_because:
        notify.tell(no_gate_status(MASTER.none_because))


def worker_ended(server: Any, worker: Any) -> None:
    """A worker that ends before the instance was ready ends the trial, however it ended."""
    instance, settings = MASTER.instance, MASTER.settings
    if settings is None or MASTER.none_because:
        return
    stage = instance.leave(worker.pid)
    stopping = not server.LISTENERS and not server.cfg.reuse_port
    if instance.ready or not settings.trial or stopping or MASTER.ending:
        return
    MASTER.ending = True
    reason = instance.reason or why_it_ended(worker, STAGES.get(stage, 'booting'), settings)
    if not instance.reason:
        say(reason)
    notify.tell(refused_status(reason))
    if stage < OPEN and not instance.count(OPEN):
        end_at_once(server)  # No worker serves, so no request can be lost. An import or a question may hang.
    from gunicorn.errors import HaltServer

    raise HaltServer('landfall gate: ' + reason, server.WORKER_BOOT_ERROR)


def why_it_ended(worker: Any, stage: str, settings: Settings) -> str:
    if time.monotonic() - MASTER.instance.started >= settings.timeout:
        return f'{settings.late()}: worker {worker.pid} was still {stage}'
    return f'not ready: worker {worker.pid} ended while {stage}'


def end_at_once(server: Any) -> None:
    """Kills and reaps here. Gunicorn would wait for its graceful timeout, and suppose that memory ran out."""
    for pid, worker in list(server.WORKERS.items()):
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except OSError:
            pass
        if server.WORKERS.pop(pid, None):
            worker.tmp.close()
