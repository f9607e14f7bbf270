"""The app of a release with a gate around it, for servers other than Gunicorn: `landfall_gate.wrapped:app`.

Each worker of the server imports this module, which imports the app of the release. Without LANDFALL_GATE the app
is served as it is. `wsgi` is the same for a WSGI app.
"""

from __future__ import annotations

import os

from landfall_gate.expression import load_app
from landfall_gate.master_state import MASTER
from landfall_gate.settings import read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from landfall_gate.alone import Alone
    from landfall_gate.alone_granian import GranianAlone
    from landfall_gate.gunicorn_types import Receive, Scope, Send


def gated_worker() -> Alone | None:
    """None: `serve.py` has started the server without a gate."""
    if MASTER.instance.path is None:
        return None
    MASTER.note = os.environ.get('LANDFALL_NOTE') or None
    given = read_settings(), int(os.environ['LANDFALL_WORKERS']), float(os.environ['LANDFALL_STOP'])
    # Each imports its own server.
    server = os.environ['LANDFALL_SERVER']
    if server == 'granian':
        from landfall_gate.alone_granian import GranianAlone

        return GranianAlone(*given)
    if server == 'hypercorn':
        from landfall_gate.alone_hypercorn import HypercornAlone

        return HypercornAlone(*given)
    from landfall_gate.alone import UvicornAlone

    return UvicornAlone(*given)


def loaded() -> Any:
    return load_app(os.environ['LANDFALL_APP'])


is_master = os.environ.get('LANDFALL_MASTER') == str(os.getpid())
worker = None if is_master else gated_worker()
target: Any = None
if worker is not None:
    worker.load(loaded)
elif not is_master:
    target = loaded()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    await (target if worker is None else worker.app)(scope, receive, send)


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if worker is None:
        answer: Iterable[bytes] = target(environ, start_response)
        return answer
    granian: GranianAlone = worker  # type: ignore[assignment]
    return granian.wsgi(environ, start_response)
