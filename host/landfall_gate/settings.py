"""What Landfall says to the gate, in two environment variables."""

from __future__ import annotations

import json
import os


class Settings:
    """LANDFALL_GATE, and whether the release is still on trial (LANDFALL_TRIAL=1)."""

    def __init__(self, given, trial):
        self.worker_class = given.get('workerClass')
        self.config_file = given.get('configFile')
        self.path = given['path']
        self.headers = given.get('headers') or {}
        self.timeout = given['timeoutMilliseconds'] / 1000
        self.request_timeout = given['requestTimeoutMilliseconds'] / 1000
        self.trial = trial


def read_settings(environ=os.environ):
    return Settings(json.loads(environ['LANDFALL_GATE']), environ.get('LANDFALL_TRIAL') == '1')
