"""Whether the app comes from its release: an old checkout on the module path would serve in its place."""

from __future__ import annotations

import os
import re
import sys
import sysconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator, Mapping

# Before the project's configuration can lead elsewhere.
BEGAN = os.getcwd()


class Release:
    """`directory` has the environment `.venv`, a link into a folder of environments; `began`: the service's folder."""

    def __init__(self, directory: str, began: str, module_path: Iterable[str]) -> None:
        self.written, self.directory = directory, os.path.realpath(directory)
        self.environments = os.path.dirname(os.path.realpath(os.path.join(directory, '.venv')))
        folders = [began, os.path.join(began, 'src'), *module_path]
        self.folders = [path for path in folders if self.has(os.path.realpath(path))]

    def has(self, path: str) -> bool:
        """Also a link that leads to a shared file."""
        return any(
            path == directory or (within(path, directory) and not within(path, directory + '/.venv'))
            for directory in (self.written, self.directory)
        )

    def source_of(self, module: str) -> str | None:
        """The file in which the release has this module."""
        for folder in self.folders:
            path = os.path.join(folder, *module.split('.'))
            for file in (path + '.py', os.path.join(path, '__init__.py')):
                if os.path.isfile(file):
                    return file
        return None


def foreign_module(written: str) -> str | None:
    """Names a module that replaces one of the release, for people. None: there is none, or this is not a release.

    `written`: the app, as in `main:app`. Its module is imported.
    """
    directory, environment = os.path.split(sys.prefix)
    if environment != '.venv':
        return None
    files = {name: file_of(module) for name, module in list(sys.modules.items())}
    release = Release(directory, BEGAN, [path for path in sys.path if path])
    found = foreign_in(written.partition(':')[0], files, release)
    if found is None or (found.is_installed and is_built_from(release.directory)):
        return None
    return found.words


class Foreign:
    def __init__(self, words: str, is_installed: bool) -> None:
        self.words, self.is_installed = words, is_installed


def foreign_in(app: str, files: Mapping[str, str | None], release: Release) -> Foreign | None:
    package = app.partition('.')[0]
    standard = [os.path.realpath(sysconfig.get_path(name)) for name in ('stdlib', 'platstdlib')]
    for name in sorted(files, key=lambda name: (name != app, name)):
        file, mine = files[name], name == app or app.startswith(name + '.')
        if file is None or name.startswith(('__', 'landfall_gate')):
            continue
        path = os.path.realpath(file)
        if release.has(os.path.abspath(file)) or release.has(path):
            continue
        source = release.source_of(name)
        if within(path, release.environments):
            # A package may have the name of a folder of the project, such as alembic. The app's own may not.
            if source and name.partition('.')[0] == package:
                place = os.path.relpath(source, release.written)
                return Foreign(f'{name} was imported from {file}, and the release has {place}', True)
        elif mine or (source and not any(within(path, folder) for folder in standard)):
            return Foreign(f'{name} was imported from {file}, which is not part of the release', False)
    return None


def within(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep)


def file_of(module: Any) -> str | None:
    file = getattr(module, '__file__', None)
    if isinstance(file, str):
        return file
    # A folder without __init__.py.
    try:
        return next((str(path) for path in getattr(module, '__path__', ())), None)
    except Exception:  # a module may do anything there
        return None


def is_built_from(directory: str) -> bool:
    """Whether a package of the environment was installed from this release, and so has the release's code."""
    return any(url.startswith('file://') and directory in url for url in urls())


def urls() -> Iterator[str]:
    """The places from which packages of the environment were installed; none for those of an index."""
    from importlib.metadata import distributions

    for each in distributions():
        text = each.read_text('direct_url.json') or ''
        url = re.search(r'"url"\s*:\s*"([^"]*)"', text)
        if url:
            yield url.group(1)
