"""The app of a release with a gate around it, for servers other than Gunicorn: `landfall_gate.wrapped:app`.

Each worker of the server imports this module, which imports the app of the release. Without LANDFALL_GATE the app
is served as it is.
"""

from __future__ import annotations

import os

from landfall_gate.alone import gated_worker
from landfall_gate.expression import load_app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_gate.gunicorn_types import Receive, Scope, Send

worker = gated_worker()


def loaded() -> Any:
    written = os.environ['LANDFALL_APP']
    return load_app(written) if worker is None else worker.loaded(lambda: load_app(written))


target = loaded()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if worker is not None and scope['type'] == 'lifespan':
        await worker.lifespan(target, scope, receive, send)
    else:
        await target(scope, receive, send)
