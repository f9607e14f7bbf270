"""Starts Hypercorn as its own command would, without those settings of the project that do not fit a service.

Its configuration file (`--config`) stays in force otherwise.
"""

from __future__ import annotations

import os
import sys

from landfall_gate import notify
from landfall_gate.channel import say
from landfall_gate.master_state import MASTER
from landfall_gate.result import refused_status
from landfall_gate.settings import read_settings
from landfall_gate.start import STANDARD_WORKERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, MutableMapping

# A setting, and its value whatever the project says.
FORCED: dict[str, Any] = {
    'insecure_bind': [],
    'quic_bind': [],
    'pid_path': None,
    'use_reloader': False,
    # A proxy must be able to connect to a unix socket, as it can to Gunicorn's.
    'umask': 0,
    'user': None,
    'group': None,
}
LOGS = ('accesslog', 'errorlog')
# Seconds that the gate leaves to Hypercorn once no connection is left.
AFTER_DRAIN = 1.0
NO_TRIO = (
    "Hypercorn's worker class trio has no gate: take asyncio or uvloop, "
    'or write strategy: restart in landfall.yaml'
)


def overruled(config: Any, environ: MutableMapping[str, str]) -> Any:
    """The configuration with what Landfall overrules. Tells the workers of the gate how many they are."""
    theirs = {name.lstrip('_'): value for name, value in vars(config).items()}
    lost = [name for name, value in FORCED.items() if theirs.get(name) not in (None, [], value)]
    for name, value in FORCED.items():
        setattr(config, name, value)
    for name in LOGS:
        if isinstance(theirs.get(name), str) and theirs[name] != '-':
            setattr(config, name, '-')
            lost.append(name)
    notes = [f'overruled from the configuration of Hypercorn: {", ".join(lost)}'] if lost else []
    if not theirs.get('workers'):
        config.workers = STANDARD_WORKERS
    elif environ.get('LANDFALL_WORKERS') != str(config.workers):
        notes.insert(0, f'{config.workers} workers (the configuration of Hypercorn)')
    environ['LANDFALL_WORKERS'] = str(config.workers)
    environ['LANDFALL_NOTE'] = '; '.join(notes)
    if 'LANDFALL_INSTANCE' in environ:
        if config.worker_class == 'trio':
            raise SystemExit(refused(NO_TRIO))
        config.graceful_timeout = AFTER_DRAIN
        # The gate has the better words when the start-up takes too long.
        config.startup_timeout = max(config.startup_timeout, read_settings(environ).timeout + 10)
    return config


def refused(reason: str) -> int:
    """Ends a release before it has workers. Returns the exit status."""
    if MASTER.instance.refuse(reason):
        say(reason)
    notify.tell(refused_status(reason))
    return 3


def main() -> None:
    import hypercorn.__main__ as command

    run: Any = command.run
    command.run = lambda config: run(overruled(config, os.environ))
    # Older versions load the app here too.
    os.environ['LANDFALL_MASTER'] = str(os.getpid())
    sys.exit(command.main())


if __name__ == '__main__':
    main()
