"""Who decides a setting of Gunicorn: Landfall's defaults, the project, landfall.yaml. A few are forced.

From the lowest: Landfall's default, WEB_CONCURRENCY, the project's file, GUNICORN_CMD_ARGS, the command line, which
has what landfall.yaml says. Above all of them stand the values without which systemd loses the service.
"""

from __future__ import annotations

import os
import shlex
import sys

from gunicorn import config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

    from landfall_gate.settings import Settings

# The release. A reload reads the configuration again, after Gunicorn has changed into another folder.
DIRECTORY = os.getcwd()
STANDARD = {'workers': 2, 'timeout': 30, 'graceful_timeout': 30}
# With one thread, a gthread worker that is busy still takes connections, which then wait.
GTHREAD_THREADS = 4
# A daemon is not the process that systemd watches. A file with a pid is another release's. A reloader follows files
# of a release that never change. The service's user can become no other user.
FORCED: dict[str, Any] = {
    'daemon': False,
    'pidfile': None,
    'reload': False,
    'user': os.geteuid(),
    'group': os.getegid(),
}
# How a setting is told to people; these alone are.
WORDS = {
    'workers': 'workers {}',
    'threads': 'threads {}',
    'worker_class': 'worker class {}',
    'timeout': 'timeout {} s',
    'graceful_timeout': 'graceful timeout {} s',
}
ENVIRONMENT = 'GUNICORN_CMD_ARGS'

# Values that no source may change now.
PINNED: dict[str, Any] = {}


def settle(theirs: Mapping[str, Any], settings: Settings | None) -> tuple[dict[str, Any], str | None]:
    """(the values of the file that Gunicorn loads, a note for people about what is in force)."""
    file = (settings.config_file if settings else None) or file_in_environment() or 'gunicorn.conf.py'
    # From the strongest.
    project = [(ENVIRONMENT, in_arguments(shlex.split(os.environ.get(ENVIRONMENT, '')))), (file, theirs)]
    command = in_arguments(sys.argv[1:])
    standard = defaults(settings, [command, *(values for _, values in project)])
    if 'WEB_CONCURRENCY' in os.environ:
        # Gunicorn's own reading; it refuses what is not a number.
        standard['workers'] = config.make_settings()['workers'].get()
        project.append(('WEB_CONCURRENCY', {'workers': standard['workers']}))
    pinned = dict(FORCED, **kept_in_release(project))
    if settings and settings.preload is not None:
        pinned['preload_app'] = settings.preload
    limit = settings.stop if settings else None
    wanted = first('graceful_timeout', [command, *(values for _, values in project)])
    if limit and (number(wanted) or 0) > limit:
        pinned['graceful_timeout'] = limit
    pin(pinned)
    note = told(project, command, pinned)
    return dict(standard, **{name: value for name, value in theirs.items() if name not in pinned}), note


def file_in_environment() -> str | None:
    return in_arguments(shlex.split(os.environ.get(ENVIRONMENT, ''))).get('config')


def in_arguments(arguments: list[str]) -> dict[str, Any]:
    """The settings of a command line, by name. Gunicorn has read the line before, and refused a wrong one."""
    given = vars(config.Config().parser().parse_args(arguments))
    return {name: value for name, value in given.items() if value is not None and name != 'args'}


def defaults(settings: Settings | None, sources: list[Mapping[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = dict(STANDARD)
    if settings and settings.standard_class:
        values['worker_class'] = settings.standard_class
    chosen = first('worker_class', sources) or values.get('worker_class')
    if chosen == 'gthread':
        values['threads'] = GTHREAD_THREADS
    return values


def kept_in_release(project: list[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """A working directory elsewhere would serve other code than the release's."""
    wanted = first('chdir', [values for _, values in project])
    if wanted is None:
        return {}
    release = os.path.realpath(DIRECTORY)
    path = os.path.realpath(os.path.join(DIRECTORY, str(wanted)))
    return {} if (path + os.sep).startswith(release + os.sep) else {'chdir': DIRECTORY}


def first(name: str, sources: list[Mapping[str, Any]]) -> Any:
    return next((source[name] for source in sources if source.get(name) is not None), None)


def number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def told(
    project: list[tuple[str, Mapping[str, Any]]], command: Mapping[str, Any], pinned: Mapping[str, Any]
) -> str | None:
    words: list[str] = []
    for name, form in WORDS.items():
        source = next((source for source, values in project if values.get(name) is not None), None)
        if source and name not in pinned and command.get(name) is None:
            value = first(name, [values for _, values in project])
            words.append(f'{form.format(getattr(value, "__name__", value))} ({source})')
    notes = [', '.join(words)] if words else []
    for source, values in project:
        lost = sorted(
            name
            for name, value in values.items()
            if (name in pinned and value != pinned[name] and value not in ('', ())) or name == 'bind'
        )
        if lost:
            notes.append(f'overruled from {source}: {", ".join(lost)}')
    return '; '.join(notes) or None


def pin(values: Mapping[str, Any]) -> None:
    """Later sources are set by this method too, so that none of them changes these."""
    PINNED.clear()
    PINNED.update(values)
    plain = config.Config.set
    if getattr(plain, 'is_landfalls', False):
        return

    def set_unless_pinned(self: Any, name: str, value: Any) -> None:
        plain(self, name, PINNED.get(name, value))

    set_unless_pinned.is_landfalls = True  # type: ignore[attr-defined]
    config.Config.set = set_unless_pinned
