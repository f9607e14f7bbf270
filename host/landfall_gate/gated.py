"""What all gated workers have in common."""

from __future__ import annotations

import sys
import time

from landfall_gate import notify
from landfall_gate.gate import Gate
from landfall_gate.instance import STAGES

# Gunicorn's master stops when a worker exits with one of these: it could not boot, or not load its app.
BOOT_ERRORS = (3, 4)
# An idle connection is kept that long when a worker goes, for a request that may be on its way.
LINGER = 2.0


def drain_limit(cfg):
    """Less than Gunicorn's own limit, so that the app's shutdown is not cut off."""
    return max(cfg.graceful_timeout - 1, cfg.graceful_timeout / 2)


class Gated:
    def init_process(self):
        self.gate = Gate(self)
        notify.hide_from_app()
        try:
            super().init_process()
        except SystemExit as error:
            if not self.gate.is_open and (
                self.gate.on_trial or (error.code in BOOT_ERRORS and self.gate.was_ready)
            ):
                self.ended_early(f'exit status {error.code}')
            raise
        except Exception as error:
            if not self.gate.is_open and (self.gate.on_trial or self.gate.was_ready):
                self.log.exception('Exception in worker process')
                self.ended_early(f'{type(error).__name__}: {error}')
            raise

    def load_wsgi(self):
        super().load_wsgi()
        self.gate.starting()

    def ended_early(self, what):
        """Exits in a way that leaves it to our hook in the master what happens.

        On trial the hook ends everything at once. In an instance that was ready, a worker that is
        replaced and fails must not end the others; the pause keeps Gunicorn from forking in a loop.
        """
        if self.gate.on_trial:
            stage = self.gate.instance.leave(self.pid)
            self.gate.reach(stage)
            self.gate.note_refusal(f'not ready: {what} while {STAGES.get(stage, "booting")}')
        else:
            time.sleep(1)
        sys.exit(1)
