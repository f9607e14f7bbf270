"""The start command of a release's server without the gate, with the same options. Pure."""

from __future__ import annotations

import re

from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container

# Where neither landfall.yaml nor the project says how many: `landfall_gate` has the same.
WORKERS, GTHREAD_THREADS = '2', '4'
GATE_CONFIGURATION, GATE_SERVER = '/landfall_gate/conf.py', '/landfall_gate/serve.py'
# Of Gunicorn's own configuration. Landfall overruled these, and nothing does so now.
OVERRULED = ('daemon', 'pidfile', 'reload', 'user', 'group', 'chdir')
COUNTS = {'uvicorn': ('UVICORN_WORKERS', 'WEB_CONCURRENCY'), 'hypercorn': (), 'granian': ('GRANIAN_WORKERS',)}


class PlainServer:
    """`argv`: the interpreter and its words. `tells`: whether the server tells systemd that it is ready."""

    def __init__(self, argv: list[str], tells: bool, warnings: list[str]) -> None:
        self.argv, self.tells, self.warnings = argv, tells, warnings


def plain_server(
    argv: list[str], app: str | None, gate: dict[str, Any], names: Container[str], conf: str
) -> PlainServer:
    """`names`: the variables that the service gets. `conf`: the text of the project's Gunicorn configuration."""
    python, first = argv[0], argv[1:]
    if first[:2] == ['-m', 'gunicorn']:
        return gunicorn(python, first[2:], gate, names, conf)
    if first and first[0].endswith(GATE_SERVER) and len(first) > 3 and app:
        return alone(python, first[1], first[2], first[3:-1], app, names)
    raise Refused('InvalidInput', 'The start command of the live release is not one of Landfall.')


def gunicorn(
    python: str, words: list[str], gate: dict[str, Any], names: Container[str], conf: str
) -> PlainServer:
    at = words.index('--config') if '--config' in words else -1
    if at >= 0 and words[at + 1 : at + 2] and words[at + 1].endswith(GATE_CONFIGURATION):
        words = [*words[:at], *words[at + 2 :]]
    options, app = words[:-1], words[-1]
    # The strongest source decides, as it did under Landfall: the command, variables, the project's file.
    open_ones = 'GUNICORN_CMD_ARGS' in names
    more = ['--config', gate['configFile']] if gate.get('configFile') else []
    decides = {name for name in ('workers', 'worker_class', 'threads') if sets(conf, name)}
    if (
        '--workers' not in options
        and not open_ones
        and not decides & {'workers'}
        and 'WEB_CONCURRENCY' not in names
    ):
        more += ['--workers', WORKERS]
    chosen = value_of('--worker-class', options)
    if chosen is None and gate.get('standardClass') and not open_ones and 'worker_class' not in decides:
        chosen = str(gate['standardClass'])
        more += ['--worker-class', chosen]
    if chosen == 'gthread' and '--threads' not in options and 'threads' not in decides and not open_ones:
        more += ['--threads', GTHREAD_THREADS]
    warnings = [
        f'the Gunicorn configuration of the project sets {name}, which Landfall overruled: that counts from now on'
        for name in OVERRULED
        if sets(conf, name)
    ]
    if gate.get('preload') is False and sets(conf, 'preload_app'):
        warnings.append(
            'the Gunicorn configuration of the project sets preload_app, which landfall.yaml switched off: remove it '
            'there'
        )
    return PlainServer([python, '-m', 'gunicorn', *more, *options, app], True, warnings)


def alone(
    python: str, name: str, listens: str, options: list[str], app: str, names: Container[str]
) -> PlainServer:
    if name == 'granian' and listens == 'handed':
        raise Refused(
            'InvalidInput',
            'Granian cannot take a socket from systemd by itself. Write strategy: restart in landfall.yaml, deploy '
            'once more, and run this command again.',
        )
    more: list[str] = []
    own_file = name == 'hypercorn' and '--config' in options
    if '--workers' not in options and not own_file and not any(each in names for each in COUNTS[name]):
        more += ['--workers', WORKERS]
    if app.endswith(')') and name != 'hypercorn':
        if not app.endswith('()'):
            raise Refused(
                'InvalidInput',
                f'{name} cannot call {app} with values. Add a module with the finished app to the project, name that '
                'in app: of landfall.yaml, and deploy once more.',
            )
        more += ['--factory']
        app = app[:-2]
    return PlainServer([python, '-m', name, *more, *options, app], False, [])


def sets(conf: str, name: str) -> bool:
    return re.search(rf'^{name}\s*=', conf, re.M) is not None


def value_of(name: str, words: list[str]) -> str | None:
    return words[words.index(name) + 1] if name in words[:-1] else None
