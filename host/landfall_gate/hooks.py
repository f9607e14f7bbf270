"""What the gate does in Gunicorn's master."""

from __future__ import annotations

import os
import signal
import sys
import time

from landfall_gate import notify
from landfall_gate.instance import OPEN, STAGES, Instance
from landfall_gate.result import no_gate_status, refused_status


class Master:
    """One for the life of the process: a reload (HUP) loads the configuration again, not this module."""

    settings = None
    problem = None
    instance = None
    none_because = None
    overridden = None
    ending = False


def prepare(settings, problem):
    Master.settings, Master.problem = settings, problem
    if settings and Master.instance is None:
        Master.instance = Instance()


def refuse_without_socket(server):
    """Gunicorn would bind an address of its own, where nobody looks for the service, or of the project's configuration.

    Asked as the master starts, not as this configuration is read: a reload reads it again, when Gunicorn has taken
    what systemd said out of the environment, and `--check-config` reads it without a socket.
    """
    if was_handed_socket(os.environ):
        return
    reason = (
        'no socket was handed over, and it must not listen on one of its own; this command is for systemd '
        'alone: start the service (`systemctl start`), and see whether its socket unit failed'
    )
    server.log.error('landfall gate: %s', reason)
    notify.tell(refused_status(reason))
    sys.exit(1)


def was_handed_socket(environment):
    """As Gunicorn itself judges it; see sd_listen_fds(3)."""
    given, process = (environment.get(name, '') for name in ('LISTEN_FDS', 'LISTEN_PID'))
    return given.isdigit() and int(given) > 0 and process == str(os.getpid())


def put_gate_in(server):
    """Replaces the worker class that Gunicorn settled on, whatever it came from: file, arguments, threads."""
    Master.none_because = Master.problem or _put_gate_in(server)
    if Master.none_because:
        server.log.warning('landfall gate: none, %s', Master.none_because)


def _put_gate_in(server):
    try:
        from gunicorn import systemd

        from landfall_gate.workers import gated

        settled = server.cfg.settings['worker_class'].get()
        wanted = Master.settings.worker_class
        if wanted and settled != wanted:
            Master.overridden = f'GUNICORN_CMD_ARGS has replaced the worker class {wanted} by {settled}'
            server.log.warning('landfall gate: %s', Master.overridden)
        worker_class, why = gated(server.worker_class)
        if worker_class is None:
            return why
        notify.mute_early_ready(systemd, Master.instance)
        hold_back_while_forking(server)
        server.worker_class = worker_class
        return None
    except Exception as error:
        server.log.debug('landfall gate', exc_info=True)
        return f'this Gunicorn is not as expected: {error!r}'


def hold_back_while_forking(server):
    """Has the master hear of a worker's end before or after it forks the next one, not meanwhile.

    Until 23 Gunicorn acts on it in the signal's handler, wherever that strikes. In what Python itself does
    around a fork the end of the trial would be lost with the exception that brings it; and the new worker
    would be left, as long as the master does not know its number.
    """
    if 'spawn_worker' in vars(server):
        return  # a reload
    spawn_worker, held_back = server.spawn_worker, set()

    def let_go():
        while held_back:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {held_back.pop()})

    def undisturbed():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        held_back.add(signal.SIGCHLD)
        try:
            return spawn_worker()
        finally:
            let_go()

    server.spawn_worker = undisturbed
    # In the new worker, before anything of the app runs; what the app forks later is its own business.
    os.register_at_fork(after_in_child=let_go)


def tell_if_there_is_none(server):
    """After Gunicorn's own READY=1, whose status would hide ours."""
    if Master.none_because:
        notify.tell(no_gate_status(Master.none_because))


def worker_ended(server, worker):
    """A worker that ends before the instance was ready ends the trial, however it ended."""
    instance = Master.instance
    if instance is None or Master.none_because:
        return
    stage = instance.leave(worker.pid)
    stopping = not server.LISTENERS and not server.cfg.reuse_port
    if instance.ready or not Master.settings.trial or stopping or Master.ending:
        return
    Master.ending = True
    reason = instance.reason or why_it_ended(worker, STAGES.get(stage, 'booting'))
    notify.tell(refused_status(reason))
    if stage < OPEN and not instance.count(OPEN):
        end_at_once(server)  # nobody serves, so nothing can be lost; an import or a question may hang
    from gunicorn.errors import HaltServer

    raise HaltServer('landfall gate: ' + reason, server.WORKER_BOOT_ERROR)


def why_it_ended(worker, stage):
    timeout = Master.settings.timeout
    if time.monotonic() - Master.instance.started >= timeout:
        return f'not ready within {timeout:g} s: worker {worker.pid} was still {stage}'
    return f'not ready: worker {worker.pid} ended while {stage}'


def end_at_once(server):
    """Kills and reaps here: Gunicorn would wait for its graceful timeout, and guess that memory ran out."""
    for pid, worker in list(server.WORKERS.items()):
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except OSError:
            pass
        if server.WORKERS.pop(pid, None):
            worker.tmp.close()
