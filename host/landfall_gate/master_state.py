"""The decisions that Gunicorn's master makes once. Its workers inherit them when they are forked."""

from __future__ import annotations

import os

from landfall_gate.instance import Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_gate.settings import Settings


def shared_instance() -> Instance:
    """Of this process and its forks, or of all workers that `serve.py` has started."""
    path, started = os.environ.get('LANDFALL_INSTANCE'), os.environ.get('LANDFALL_STARTED')
    return Instance(path, float(started)) if path and started else Instance()


class MasterState:
    """Lives as long as the process: a reload (HUP) loads the configuration again, but not this module."""

    def __init__(self) -> None:
        # None: LANDFALL_GATE could not be read, so there is no gate.
        self.settings: Settings | None = None
        self.instance = shared_instance()
        # Why the settings could not be read.
        self.problem: str | None = None
        # Why there is no gate; None: there is one.
        self.none_because: str | None = None
        # For people: the project's own settings that are in force, and those that are overruled.
        self.note: str | None = None
        # Whether the master is ending the trial.
        self.ending = False


MASTER = MasterState()
