"""The project's Gunicorn configuration, loaded as Gunicorn would, and our hooks around theirs."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback

from gunicorn import config

from landfall_gate import hooks
from landfall_gate.settings import read_settings


def settings_and_hooks():
    settings, problem = None, None
    try:
        settings = read_settings()
    except Exception as error:
        problem = f'LANDFALL_GATE cannot be read: {error!r}'
    known = config.make_settings()
    theirs = {
        name: value for name, value in their_names(settings and settings.config_file).items() if name in known
    }
    if settings and settings.worker_class:
        theirs['worker_class'] = settings.worker_class
    hooks.prepare(settings, problem)
    return dict(theirs, **with_ours(theirs, known))


def their_names(location):
    """What the project's file defines; the default file only if it is there, as with Gunicorn."""
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
        # Under the name that Gunicorn uses, so that the file finds itself where it is used to.
        loader = importlib.machinery.SourceFileLoader('__config__', path)
        module = importlib.util.module_from_spec(
            importlib.util.spec_from_file_location('__config__', path, loader=loader)
        )
        sys.modules['__config__'] = module
        loader.exec_module(module)
    except Exception:
        print(f'Failed to read config file: {path}', file=sys.stderr)
        traceback.print_exc()
        sys.stderr.flush()
        sys.exit(1)
    return vars(module)


def with_ours(theirs, known):
    """Each hook of ours after the project's own. Gunicorn counts a hook's parameters: no *args."""

    def hook(name):
        return known[name].validator(theirs[name]) if name in theirs else known[name].get()

    starting, ready, reloaded, exited = [
        hook(name) for name in ('on_starting', 'when_ready', 'on_reload', 'child_exit')
    ]

    def on_starting(server):
        hooks.refuse_without_socket(server)
        starting(server)
        hooks.put_gate_in(server)

    def when_ready(server):
        ready(server)
        hooks.tell_if_there_is_none(server)

    def on_reload(server):
        reloaded(server)
        hooks.put_gate_in(server)

    def child_exit(server, worker):
        exited(server, worker)
        hooks.worker_ended(server, worker)

    return {
        'on_starting': on_starting,
        'when_ready': when_ready,
        'on_reload': on_reload,
        'child_exit': child_exit,
    }
