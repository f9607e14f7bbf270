"""The Gunicorn configuration file: the project's own settings, with the gate around its workers."""

from __future__ import annotations

import os
import sys

# At the end of the path, so that this package hides no module of the project.
_here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if _here not in sys.path:
    sys.path.append(_here)

from landfall_gate.configuration import settings_and_hooks  # noqa: E402

globals().update(settings_and_hooks())
