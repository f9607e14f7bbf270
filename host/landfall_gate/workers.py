"""Which worker class gets which gate."""

from __future__ import annotations

import inspect

KINDS = {
    # base class: (the module of its gate, what the gate relies on)
    ('gunicorn.workers.gasgi', 'ASGIWorker'): ('gunicorn_asgi', ('_serve', '_shutdown', 'load_wsgi')),
    ('gunicorn.workers.gthread', 'ThreadWorker'): (
        'gthread',
        ('handle', 'handle_request', 'finish_request', 'run'),
    ),
    ('gunicorn.workers.sync', 'SyncWorker'): ('sync', ('handle', 'handle_request', 'handle_exit', 'run')),
    ('uvicorn', 'UvicornWorker'): ('uvicorn', ('_serve', 'run')),
}
OWN_WAY = ('_serve', 'run')


def gated(worker_class):
    """(the class with a gate, None), or (None, why it gets none)."""
    name = f'{worker_class.__module__}.{worker_class.__qualname__}'
    base = next((each for each in worker_class.__mro__ if kind_of(each)), None)
    if base is None:
        return None, f'worker class {name} is not one it knows'
    module, needs = KINDS[kind_of(base)]
    missing = [need for need in needs if not callable(getattr(base, need, None))]
    if missing:
        return None, f'worker class {name} has no {" and no ".join(missing)}'
    # A subclass that serves in a way of its own may never pass the places where the gate stands.
    for method in OWN_WAY:
        if hasattr(base, method) and inspect.getattr_static(
            worker_class, method
        ) is not inspect.getattr_static(base, method):
            return None, f'worker class {name} has a {method}() of its own'
    gate = load_gate(module)
    return type(worker_class.__name__, (gate, worker_class), {'__module__': worker_class.__module__}), None


def kind_of(cls):
    """The key in KINDS; uvicorn's worker lives in uvicorn.workers and in the package uvicorn_worker."""
    module = cls.__module__
    if cls.__name__ == 'UvicornWorker' and module.split('.')[0] in ('uvicorn', 'uvicorn_worker'):
        return ('uvicorn', 'UvicornWorker')
    return (module, cls.__name__) if (module, cls.__name__) in KINDS else None


def load_gate(module):
    """Only the one that is used: a WSGI service need not import asyncio."""
    if module == 'sync':
        from landfall_gate.sync import SyncGate

        return SyncGate
    if module == 'gthread':
        from landfall_gate.gthread import ThreadGate

        return ThreadGate
    from landfall_gate.asgi import GunicornAsgiGate, UvicornGate

    return UvicornGate if module == 'uvicorn' else GunicornAsgiGate
