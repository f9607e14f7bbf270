"""The way of one worker to readiness."""

from __future__ import annotations

import faulthandler
import os
import sys
import time

from landfall_gate import notify, phase
from landfall_gate.channel import STREAM, say, say_traceback
from landfall_gate.instance import ASKING, IMPORTING, OPEN, OPEN_UNPROVEN, PROVEN, STARTING
from landfall_gate.judge import FinalCauses, Question, Row, judge, said
from landfall_gate.master_state import MASTER
from landfall_gate.origin import foreign_module
from landfall_gate.result import ready_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from landfall_gate.gunicorn_types import Worker
    from landfall_gate.settings import Settings

# Seconds between two questions.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
# Times the usual limit that a question gets when the release is late already.
MOST_PATIENCE = 5


class Gate:
    def __init__(self, worker: Worker, settings: Settings) -> None:
        self.worker = worker
        self.settings, self.instance = settings, MASTER.instance
        self.was_ready = self.instance.ready
        self.on_trial = self.settings.trial and not self.was_ready
        # The limit of a trial is the whole instance's. Without a trial, each worker that is replaced has its own.
        begin = self.instance.started if self.on_trial else time.monotonic()
        self.deadline = begin + (self.settings.end if self.on_trial else self.settings.timeout)
        self.is_open, self.unproven = False, False
        self.pause = FIRST_PAUSE
        self.answer: str | None = None
        self.causes, self.row = FinalCauses(), Row(self.settings.successes)
        self.asked_at = 0.0
        self.told: set[str] = set()
        self.told_at = 0.0
        self.cut_short = False
        self.reach(IMPORTING)
        (phase.tries if self.on_trial else phase.serves)()
        if self.on_trial:
            # For a hang where no code of ours runs: Python prints where the worker is, and ends it.
            faulthandler.dump_traceback_later(max(self.left(), 0) + 1, exit=True, file=STREAM)

    def reach(self, stage: int) -> None:
        self.instance.reach(os.getpid(), stage)

    def left(self) -> float:
        """Seconds until the limit."""
        return self.deadline - time.monotonic()

    def question_limit(self) -> float:
        """Seconds for one question. The last question ends with the limit, so that its answer is the reason."""
        left, limit = self.left(), self.settings.request_timeout
        self.cut_short = left < limit
        self.asked_at = time.monotonic()
        if self.is_late():
            limit = min(limit * MOST_PATIENCE, max(limit, getattr(self.worker.cfg, 'timeout', 0) / 2 or left))
        return max(min(limit, left), 0.05)

    def is_late(self) -> bool:
        """Whether a release on trial is only still asked to learn how long it takes."""
        return self.on_trial and time.monotonic() - self.instance.started > self.settings.timeout

    def imported(self, app: str) -> None:
        """`app`: as in `main:app`. On trial, a module from elsewhere in place of the release's is refused."""
        foreign = foreign_module(app) if self.on_trial else None
        if foreign:
            self.refuse(f'not ready: {foreign}')
        self.reach(STARTING)

    def asking(self) -> None:
        self.reach(ASKING)

    def must_ask(self) -> bool:
        """An instance that was ready continues to serve: a database that is down must not close it."""
        return self.settings.asks and not self.was_ready

    def accepts(self, status: int | None, body: str, headers: Mapping[str, str] | None = None) -> bool:
        """Judges an answer. `status` None: there was no answer, and `body` is the reason."""
        now = time.monotonic()
        if status is None and self.answer and (self.cut_short or self.is_late()):
            return (
                False  # The question had another time than usual, so the answer before it stays the reason.
            )
        if status is None:
            self.row.see(False)
            self.causes.see('', now)
            met = body.startswith('did not answer within') and not self.cut_short
            self.answer = f'{self.settings.path} {body}{" (readiness.requestTimeout)" if met else ""}'
        else:
            fault = judge(status, headers or {}, body, self.question())
            self.row.see(fault is None)
            if fault is None:
                return self.row.is_long_enough() or self.is_late()
            self.causes.see(fault[0], now)
            self.answer = f'{self.settings.path} {said(status, fault, body)}'
        if self.answer not in self.told and now - self.told_at >= 1:
            self.told.add(self.answer)
            self.told_at = now
            say(self.answer)
        return False

    def question(self) -> Question:
        given = {name.lower(): value for name, value in self.settings.headers.items()}
        host = given.get('host', 'localhost')
        return Question(
            self.settings.path, host, bool(getattr(self.worker.cfg, 'is_ssl', False)), self.settings.expect
        )

    def cannot_ask(self, error: Exception) -> None:
        """The gate does not know this version. That is not a reason to refuse a release."""
        say_traceback(error)
        say(f'cannot ask for readiness, opens unproven: {error!r}')
        self.unproven = True

    def next_pause(self) -> float:
        self.worker.notify()  # Otherwise Gunicorn takes the worker for a hanging one.
        if self.row.good:
            return FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 1.5, LONGEST_PAUSE)
        return max(min(pause, self.left()), 0.001)

    def time_is_up(self) -> bool:
        """Whether the limit has passed. Refuses a release on trial; a live one opens unproven.

        A release on trial is also refused as soon as its answers show that waiting repairs nothing.
        """
        if self.on_trial and self.answer and self.causes.is_over(time.monotonic()):
            self.refuse(self.answer)
        if self.on_trial and self.row.flaps():
            self.refuse(f'not ready: {self.row.words()}, the last bad one: {self.answer}')
        if self.left() > 0:
            return False
        why = self.settings.late()
        answer = self.answer or ('the answers were good' if self.row.count else 'nothing was asked yet')
        if self.on_trial:
            self.refuse(f'{why}: {answer}')
        say(f'{why}, opens anyway: {answer}')
        self.unproven = True
        return True

    def proven(self) -> None:
        if self.is_late() and not self.instance.ready:
            self.refuse(f'{self.settings.late()}, but {self.how_late()}')
        self.reach(PROVEN)

    def how_late(self) -> str:
        """The time that would have been enough. `src/deployment/time-limits.ts` reads it."""
        now, limit = time.monotonic(), self.settings.request_timeout
        took = now - self.asked_at
        if self.asked_at and took > limit:
            return f'an answer took {took:.1f} s, more than {limit:g} s (readiness.requestTimeout)'
        return f'after {now - self.instance.started:.1f} s'

    def others_pending(self) -> bool:
        """On trial no worker opens before all are proven: a release that is refused has then served no request."""
        if not self.on_trial or self.instance.ready:
            return False
        proven, workers = self.instance.count(PROVEN), self.worker.cfg.workers
        if proven >= workers:
            return False
        if self.left() <= 0:
            self.refuse(f'{self.settings.late()}: only {proven} of {workers} workers')
        return True

    def opened(self) -> None:
        """The worker accepts from the listener. The last one to do so tells systemd that the instance is ready."""
        self.is_open = True
        phase.serves()
        if self.on_trial:
            faulthandler.cancel_dump_traceback_later()
        self.reach(OPEN_UNPROVEN if self.unproven else OPEN)
        workers = self.worker.cfg.workers
        if not self.instance.become_ready(workers):
            return
        seconds = time.monotonic() - self.instance.started
        unproven = self.instance.count(OPEN_UNPROVEN)
        notify.tell('READY=1', ready_status(workers, unproven, seconds, MASTER.note))
        more = f', {unproven} unproven' if unproven else ''
        say(f'{workers} worker{"" if workers == 1 else "s"} ready after {seconds:.1f} s{more}')

    def refuse(self, reason: str) -> None:
        """Ends this worker at once. The master then ends the instance, with this reason as its last line."""
        self.note_refusal(reason)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:  # noqa: S110 -- the process ends now, even when its output is lost
                pass
        os._exit(1)  # Threads of the app that hang would keep the interpreter alive.

    def note_refusal(self, reason: str) -> None:
        if self.instance.refuse(reason):
            say(reason)
