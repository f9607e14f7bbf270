"""LANDFALL_PHASE in the process of a worker, where the project's code can read it at any moment.

The variables of the unit stay as they were at the start. But a release that was on trial serves later.
"""

from __future__ import annotations

import os


def tries() -> None:
    os.environ['LANDFALL_PHASE'] = 'trial'


def serves() -> None:
    """Without LANDFALL_TRIAL, which the gate reads before any code of the project runs."""
    os.environ['LANDFALL_PHASE'] = 'serve'
    os.environ.pop('LANDFALL_TRIAL', None)
