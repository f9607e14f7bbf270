"""Imports the app of a release as its server will: a job's process before the release serves.

Gunicorn itself reads the configuration of the project, with the gate's own before it. So `chdir`, `pythonpath` and
`raw_env` count here as they count in the service.
"""

from __future__ import annotations

import json
import os
import sys

from landfall_gate.origin import foreign_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

HERE = os.path.dirname(os.path.abspath(__file__))
GATE = '{gate}'


def import_app(given: str) -> NoReturn:
    """`given`: a JSON object with
        app         `main:app`, or a factory such as `main:create_app()`, which is not called
        command     the words of the server after the interpreter
        gate        the value of LANDFALL_GATE
        said        printed when the import has ended

    Ends without Python's own tidying up: that would wait without end for a thread that the app started.
    """
    spec = json.loads(given)
    # `python -m`, with which a server starts, knows the working directory by its name.
    if sys.path and sys.path[0] == '':
        sys.path[0] = os.getcwd()
    os.environ['LANDFALL_GATE'] = json.dumps(spec['gate'])
    if spec['command'][:2] == ['-m', 'gunicorn']:
        configure_gunicorn([filled(word) for word in spec['command'][2:]])
    module, _, attribute = spec['app'].partition(':')
    name = (attribute or 'application').partition('(')[0].partition('.')[0]
    # As a statement, for the words of its errors.
    exec(f'from {module} import {name}', {})  # noqa: S102 -- both are names
    foreign = foreign_module(spec['app'])
    if foreign:
        print(foreign, file=sys.stderr, flush=True)
        os._exit(1)
    print(flush=True)
    print(spec['said'], flush=True)
    os._exit(0)


def filled(word: str) -> str:
    return HERE + word[len(GATE) :] if word.startswith(GATE + '/') else word


def configure_gunicorn(arguments: list[str]) -> None:
    """Reads the configuration as Gunicorn does at a start, and stops where it would listen."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.app.wsgiapp import WSGIApplication

    # The master would start there.
    BaseApplication.run = lambda _: None
    sys.argv = ['gunicorn', *arguments]
    application = WSGIApplication('%(prog)s [OPTIONS] [APP_MODULE]', prog='gunicorn')
    application.run()
    os.environ.update(application.cfg.env)
