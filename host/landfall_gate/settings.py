"""The gate's settings: two environment variables that Landfall writes into the unit."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping


# Seconds; less than systemd grants beyond the limit (`startMarginSeconds`).
MOST_OVERTIME = 20.0


class Settings:
    """LANDFALL_GATE, and whether the release is on trial (LANDFALL_TRIAL=1)."""

    def __init__(self, given: dict[str, Any], trial: bool) -> None:
        # The worker class where no other source names one.
        self.standard_class: str | None = given.get('standardClass')
        # Whether the master imports the app, where landfall.yaml says so.
        self.preload: bool | None = given.get('preload')
        # Seconds until systemd loses patience with a worker that stops.
        self.stop: int | None = given['stopMilliseconds'] // 1000 if 'stopMilliseconds' in given else None
        # The release listens by itself: there is no gate.
        self.alone: bool = given.get('alone', False)
        self.config_file: str | None = given.get('configFile')
        self.path: str = given['path']
        self.headers: dict[str, str] = given.get('headers') or {}
        # See landfall_gate/judge.py. False: `readiness.expect` is `false`.
        self.expect: Any = False if given.get('ignoresBody') else given.get('expect')
        # Whether the app is asked by HTTP. Its address or a command tells the rest, from outside.
        self.asks: bool = given.get('check') not in ('tcp', 'command')
        # Seconds.
        self.timeout: float = given['timeoutMilliseconds'] / 1000
        self.request_timeout: float = given['requestTimeoutMilliseconds'] / 1000
        # Good answers in a row of which each worker of a release on trial needs so many.
        self.successes: int = given.get('successes', 1) if trial else 1
        self.trial = trial
        # Seconds beyond the limit. A release on trial is refused all the same, and is told how long it took.
        self.overtime: float = min(self.timeout / 2, MOST_OVERTIME) if trial else 0

    @property
    def end(self) -> float:
        """Seconds from the start until nothing is waited for any more."""
        return self.timeout + self.overtime

    def late(self) -> str:
        return f'not ready within {self.timeout:g} s (readiness.timeout)'


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    return Settings(json.loads(environ['LANDFALL_GATE']), environ.get('LANDFALL_TRIAL') == '1')
