"""The part of the gate that every worker class has."""

from __future__ import annotations

import sys
import time

from landfall_gate import notify
from landfall_gate.channel import say_traceback
from landfall_gate.error_words import in_words
from landfall_gate.gate import Gate
from landfall_gate.instance import STAGES
from landfall_gate.master_state import MASTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from landfall_gate.gunicorn_types import Worker
else:
    Worker = object

# Gunicorn's master stops when a worker exits with one of these: it could not boot, or could not load its app.
BOOT_ERRORS = (3, 4)
# Seconds. An idle connection is kept that long when a worker ends, because a request may be on its way.
LINGER = 2.0


def drain_limit(cfg: Any) -> float:
    """Seconds. Less than Gunicorn's own limit, so that the app's shutdown is not cut off."""
    limit: float = cfg.graceful_timeout
    return max(limit - 1, limit / 2)


class Gated(Worker):
    gate: Gate

    def init_process(self) -> None:
        # `hooks` puts the gate in only where there are settings.
        settings = MASTER.settings
        if settings is None:
            raise RuntimeError('the gate has no settings')
        self.gate = Gate(self, settings)
        notify.hide_from_app()
        try:
            super().init_process()
        except SystemExit as error:
            boot_error = error.code in BOOT_ERRORS and self.gate.was_ready
            if not self.gate.is_open and (self.gate.on_trial or boot_error):
                self.ended_early(f'exit status {error.code}')
            raise
        except Exception as error:
            if not self.gate.is_open and (self.gate.on_trial or self.gate.was_ready):
                say_traceback(error)
                self.ended_early(in_words(error))
            raise

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.gate.imported(str(getattr(self.app, 'app_uri', '')))

    def ended_early(self, what: str) -> NoReturn:
        """Exits so that the hook in the master decides what follows.

        On trial the hook ends the instance at once. In an instance that was ready, a replaced worker that fails
        must not end the others. The pause keeps Gunicorn from forking in a loop.
        """
        if self.gate.on_trial:
            stage = self.gate.instance.leave(self.pid)
            self.gate.reach(stage)
            self.gate.note_refusal(f'not ready: {what} while {STAGES.get(stage, "booting")}')
        else:
            time.sleep(1)
        sys.exit(1)
