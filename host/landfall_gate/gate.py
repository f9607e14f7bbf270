"""One worker's way to readiness."""

from __future__ import annotations

import faulthandler
import os
import sys
import time

from landfall_gate import notify
from landfall_gate.hooks import Master
from landfall_gate.instance import ASKING, IMPORTING, OPEN, OPEN_UNPROVEN, PROVEN, STARTING
from landfall_gate.result import ready_status
from landfall_gate.shorten import beginning

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5


class Gate:
    def __init__(self, worker):
        self.worker, self.log = worker, worker.log
        self.settings, self.instance = Master.settings, Master.instance
        self.was_ready = self.instance.ready
        self.on_trial = self.settings.trial and not self.was_ready
        # A trial is limited as a whole; without one, a worker that is replaced starts anew.
        begin = self.instance.started if self.on_trial else time.monotonic()
        self.deadline = begin + self.settings.timeout
        self.is_open, self.unproven = False, False
        self.pause = FIRST_PAUSE
        self.answer, self.told, self.told_at = None, set(), 0
        self.cut_short = False
        self.reach(IMPORTING)
        if self.on_trial:
            # For what hangs where no code of ours runs: it prints where, and ends the worker.
            faulthandler.dump_traceback_later(max(self.left(), 0) + 1, exit=True, file=2)

    def reach(self, stage):
        self.instance.reach(os.getpid(), stage)

    def left(self):
        return self.deadline - time.monotonic()

    def question_limit(self):
        """Seconds; the last question ends with the time as a whole, so that its answer is what is told."""
        left = self.left()
        self.cut_short = left < self.settings.request_timeout
        return max(min(self.settings.request_timeout, left), 0.05)

    def starting(self):
        self.reach(STARTING)

    def asking(self):
        self.reach(ASKING)

    def must_ask(self):
        """An instance that was ready keeps serving: a database that is down must not close it."""
        return not self.was_ready

    def accepts(self, status, body):
        """Judges an answer (status None: there was none, and body says why)."""
        if status and 200 <= status < 300:
            return True
        if status is None and self.cut_short and self.answer:
            return False  # it had no time for an answer, so the one before is still what is known
        self.answer = (
            f'{self.settings.path} {body}'
            if status is None
            else (f'{self.settings.path} answered {status}: {beginning(" ".join(body.split()), 500)}')
        )
        now = time.monotonic()
        if self.answer not in self.told and now - self.told_at >= 1:
            self.told.add(self.answer)
            self.told_at = now
            self.log.warning('landfall gate: %s', self.answer)
        return False

    def cannot_ask(self, error):
        """Our fault, or that of a version that we do not know: no reason to refuse a release."""
        self.log.error('landfall gate: cannot ask for readiness, opens unproven: %r', error, exc_info=True)
        self.unproven = True

    def next_pause(self):
        self.worker.notify()  # or Gunicorn takes the wait for a hanging worker
        pause, self.pause = self.pause, min(self.pause * 1.5, LONGEST_PAUSE)
        return max(min(pause, self.left()), 0.001)

    def time_is_up(self):
        """True when the limit has passed: then a release on trial is refused, and a live one opens anyway."""
        if self.left() > 0:
            return False
        why = f'not ready within {self.settings.timeout:g} s'
        answer = self.answer or 'nothing was asked yet'
        if self.on_trial:
            self.refuse(f'{why}: {answer}')
        self.log.error('landfall gate: %s, opens anyway: %s', why, answer)
        self.unproven = True
        return True

    def proven(self):
        self.reach(PROVEN)

    def others_pending(self):
        """On trial nobody opens before all have proven themselves: what is refused has then served nobody."""
        if not self.on_trial or self.instance.ready:
            return False
        proven = self.instance.count(PROVEN)
        if proven >= self.worker.cfg.workers:
            return False
        if self.left() <= 0:
            self.refuse(
                f'not ready within {self.settings.timeout:g} s: only {proven} of {self.worker.cfg.workers} '
                'workers'
            )
        return True

    def opened(self):
        """The worker accepts from the listener."""
        self.is_open = True
        if self.on_trial:
            faulthandler.cancel_dump_traceback_later()
        self.reach(OPEN_UNPROVEN if self.unproven else OPEN)
        workers = self.worker.cfg.workers
        if self.instance.become_ready(workers):
            seconds = time.monotonic() - self.instance.started
            unproven = self.instance.count(OPEN_UNPROVEN)
            notify.tell('READY=1', ready_status(workers, unproven, seconds, Master.overridden))
            self.log.info(
                'landfall gate: %d worker%s ready after %.1f s%s',
                workers,
                '' if workers == 1 else 's',
                seconds,
                f', {unproven} unproven' if unproven else '',
            )

    def refuse(self, reason):
        """Ends this worker at once; the master then ends the instance with this as its last word."""
        self.note_refusal(reason)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # noqa: S110 -- the process ends now, whatever becomes of its output
                pass
        os._exit(1)  # threads of the app that hang would keep the interpreter

    def note_refusal(self, reason):
        self.log.error('landfall gate: %s', reason)
        self.instance.refuse(reason)
