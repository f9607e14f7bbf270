"""The project's Gunicorn configuration, loaded as Gunicorn loads it, with the gate's hooks after its own."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback

from gunicorn import config

from landfall_gate import hooks
from landfall_gate.precedence import PINNED, file_in_environment, settle
from landfall_gate.settings import read_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping


HOOKS = ('on_starting', 'when_ready', 'on_reload', 'child_exit')


def settings_and_hooks() -> dict[str, Any]:
    settings, problem = None, None
    try:
        settings = read_settings()
    except Exception as error:
        problem = f'LANDFALL_GATE cannot be read: {error!r}'
    known = config.make_settings()
    defined = their_names((settings.config_file if settings else None) or file_in_environment())
    theirs = {name: value for name, value in defined.items() if name in known}
    values, note = settle(theirs, settings)
    hooks.prepare(settings, problem, note)
    # Every forced value is set once here too, also where no other source names it.
    return dict(values, **PINNED, **with_ours(theirs, known, bool(settings and settings.alone)))


def their_names(location: str | None) -> dict[str, Any]:
    """The names that the project's file defines. The default file may be missing, as with Gunicorn."""
    if location is None:
        location = config.get_default_config_file()
        if location is None:
            return {}
    if location.startswith('python:'):
        return vars(importlib.import_module(location[len('python:') :]))
    path = location[len('file:') :] if location.startswith('file:') else location
    if not os.path.exists(path):
        raise RuntimeError(f"{path!r} doesn't exist")
    try:
        # Under the name that Gunicorn uses, because the file may import itself.
        loader = importlib.machinery.SourceFileLoader('__config__', path)
        spec = importlib.util.spec_from_loader('__config__', loader)
        if spec is None:
            raise RuntimeError(f'{path} is not a module')
        module = importlib.util.module_from_spec(spec)
        sys.modules['__config__'] = module
        loader.exec_module(module)
    except Exception:
        print(f'Failed to read config file: {path}', file=sys.stderr)
        traceback.print_exc()
        sys.stderr.flush()
        sys.exit(1)
    return vars(module)


def with_ours(theirs: Mapping[str, Any], known: Mapping[str, Any], alone: bool) -> dict[str, Any]:
    """Each hook of the gate after the project's own. Gunicorn counts a hook's parameters, so there is no *args.

    A release that listens by itself has no gate: it is asked from outside.
    """
    if alone:
        return {name: theirs[name] for name in HOOKS if name in theirs}

    def hook(name: str) -> Any:
        return known[name].validator(theirs[name]) if name in theirs else known[name].get()

    starting, ready, reloaded, exited = (hook(name) for name in HOOKS)

    def on_starting(server: Any) -> None:
        hooks.refuse_without_socket(server)
        starting(server)
        hooks.put_gate_in(server)

    def when_ready(server: Any) -> None:
        ready(server)
        hooks.tell_if_there_is_none(server)

    def on_reload(server: Any) -> None:
        reloaded(server)
        hooks.put_gate_in(server)

    def child_exit(server: Any, worker: Any) -> None:
        exited(server, worker)
        hooks.worker_ended(server, worker)

    return {
        'on_starting': on_starting,
        'when_ready': when_ready,
        'on_reload': on_reload,
        'child_exit': child_exit,
    }
