"""Which worker class gets which gate."""

from __future__ import annotations

import importlib
import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A worker class that Gunicorn or uvicorn defines: (module and class of its gate, the methods that the gate needs).
KINDS = {
    ('gunicorn.workers.gasgi', 'ASGIWorker'): (
        ('asgi_gunicorn', 'GunicornAsgiGate'),
        ('_serve', '_shutdown', 'load_wsgi'),
    ),
    ('gunicorn.workers.gthread', 'ThreadWorker'): (
        ('gthread', 'ThreadGate'),
        ('handle', 'handle_request', 'finish_request', 'run'),
    ),
    ('gunicorn.workers.sync', 'SyncWorker'): (
        ('sync', 'SyncGate'),
        ('handle', 'handle_request', 'handle_exit', 'run'),
    ),
    ('uvicorn', 'UvicornWorker'): (('asgi_uvicorn', 'UvicornGate'), ('_serve', 'run')),
}
OWN_WAY = ('_serve', 'run')


def with_gate(worker_class: type) -> tuple[type | None, str]:
    """(the class with its gate, ''), or (None, why the class gets none)."""
    name = f'{worker_class.__module__}.{worker_class.__qualname__}'
    for base in worker_class.__mro__:
        kind = kind_of(base)
        if kind is not None:
            break
    else:
        return None, f'worker class {name} is not one it knows'
    (module, gate), needs = KINDS[kind]
    missing = [need for need in needs if not callable(getattr(base, need, None))]
    if missing:
        return None, f'worker class {name} has no {" and no ".join(missing)}'
    # A subclass that serves in its own way may never pass the places where the gate stands.
    for method in OWN_WAY:
        if hasattr(base, method) and method_of(worker_class, method) is not method_of(base, method):
            return None, f'worker class {name} has a {method}() of its own'
    # Imported only here: a WSGI service does not need asyncio.
    gate_class = getattr(importlib.import_module(f'landfall_gate.{module}'), gate)
    return type(
        worker_class.__name__, (gate_class, worker_class), {'__module__': worker_class.__module__}
    ), ''


def method_of(cls: type, name: str) -> Any:
    return inspect.getattr_static(cls, name)


def kind_of(cls: type) -> tuple[str, str] | None:
    """The key in KINDS. uvicorn's worker is in `uvicorn.workers` or in the package `uvicorn_worker`."""
    module = cls.__module__
    if cls.__name__ == 'UvicornWorker' and module.split('.')[0] in ('uvicorn', 'uvicorn_worker'):
        return ('uvicorn', 'UvicornWorker')
    return (module, cls.__name__) if (module, cls.__name__) in KINDS else None
