"""The command of a server other than Gunicorn, from the words of its unit and from the project's variables. Pure.

Each server reads options from variables too (UVICORN_WORKERS, GRANIAN_LOG_LEVEL). Those stay in force, except where
one would lead the server to another address or app, or into the background.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

# Where neither landfall.yaml nor the project says how many.
STANDARD_WORKERS = 2


class Server:
    def __init__(self, module: str, prefix: str, workers: tuple[str, ...], stop: str) -> None:
        """`prefix`: of its variables. `workers`: variables that say how many, the first one wins."""
        self.module, self.prefix, self.workers, self.stop = module, prefix, workers, stop


SERVERS = {
    'uvicorn': Server(
        'uvicorn', 'UVICORN_', ('UVICORN_WORKERS', 'WEB_CONCURRENCY'), '--timeout-graceful-shutdown'
    ),
    # Its configuration file says how many workers there are; `boot_hypercorn` reads that file.
    'hypercorn': Server('landfall_gate.boot_hypercorn', '', (), '--graceful-timeout'),
    'granian': Server(
        'landfall_gate.boot_granian', 'GRANIAN_', ('GRANIAN_WORKERS',), '--workers-kill-timeout'
    ),
}
# Of uvicorn and Granian, without their prefix.
OVERRULED = {
    'HOST', 'PORT', 'FD', 'UDS', 'UDS_PERMISSIONS', 'APP', 'FACTORY', 'INTERFACE', 'PID_FILE', 'RELOAD',
    'RELOAD_DIRS', 'RELOAD_PATHS',
}  # fmt: skip


class Start:
    """`workers` None: only the server's configuration file says how many. `notes`: for people."""

    def __init__(
        self, module: str, words: list[str], workers: str | None, stop: str, environment: dict[str, str]
    ) -> None:
        self.module, self.words, self.workers, self.stop = module, words, workers, stop
        self.environment = environment
        self.notes: list[str] = []


def how_to_start(name: str, words: list[str], environ: Mapping[str, str]) -> Start:
    server = SERVERS[name]
    lost = sorted(
        each
        for each in environ
        if server.prefix and each.startswith(server.prefix) and each[len(server.prefix) :] in OVERRULED
    )
    left_out = {*lost, *server.workers, 'LISTEN_FDS', 'LISTEN_PID'}
    environment = {each: value for each, value in environ.items() if each not in left_out}
    written = value_of('--workers', words)
    start = Start(server.module, words, written, value_of(server.stop, words) or '30', environment)
    if written is None and server.workers:
        source = next((each for each in server.workers if environ.get(each, '').isdigit()), None)
        start.workers = environ[source] if source else str(STANDARD_WORKERS)
        start.words = ['--workers', start.workers, *words]
        if source:
            start.notes.append(f'{start.workers} workers ({source})')
    if lost:
        start.notes.append(f'overruled: {", ".join(lost)}')
    return start


def value_of(name: str, words: list[str]) -> str | None:
    """The last value of an option, which may be written as one word."""
    value = None
    for at, word in enumerate(words):
        if word == name and at + 1 < len(words):
            value = words[at + 1]
        elif word.startswith(name + '='):
            value = word[len(name) + 1 :]
    return value
