"""The shared paths of a service: what outlives releases, and what it begins as.

A path that is there already stays as it is. Otherwise it begins with what the release has at this place. Otherwise it
is made: as a folder, unless its name says that it is a file. The app then makes the file itself.
"""

from __future__ import annotations

import os
import re

from landfall_host.children import as_user
from landfall_host.protocol import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# Names of files that an app makes by itself.
MADE_BY_APPS = re.compile(r'\.(db|db3|sqlite|sqlite3|log|pid|lock)', re.IGNORECASE)
EXTENSION = re.compile(r'\.[A-Za-z][A-Za-z0-9]{0,7}')
# Seconds for a copy of what the release has, which may be large.
COPY_SECONDS = 300
# Names in a note.
MOST_NAMES = 5


def plain(name: str) -> str:
    """The path without the slash that says folder."""
    return name.rstrip('/')


def aside_of(into: str) -> str:
    """Where the release's own content of its shared paths is, by number, while the release is made."""
    return into + '.shared'


def fill_shared(host: Host, shared: list[str], into: str) -> list[str]:
    """Gives each shared path its beginning. Returns what people should know, one sentence each."""
    missing, standing = [], []
    for index, name in enumerate(shared):
        path = os.path.join(host.shared, plain(name))
        source = os.path.join(aside_of(into), str(index))
        has = os.path.lexists(source)
        if os.path.lexists(path) and not (is_file(name) and os.path.isdir(path)):
            standing += [(plain(name), path, source)] if has else []
        elif has or is_file(name) or is_folder(name):
            missing.append((plain(name), path, source if has else None, is_file(name)))
        else:
            raise Refused(
                'InvalidInput',
                f'shared: {name} is neither in the commit nor in {host.shared}, and may be a file or a folder. '
                f'Put the file there (install -o {host.user} -m 640 FILE {path}), or write {name}/ for a folder.',
            )
    # The app can stop or kill processes of its own user, also this one. So it makes only the missing paths.
    notes = as_user(host.user, begin_shared, missing, seconds=COPY_SECONDS) if missing else []
    if standing:
        try:
            notes += as_user(host.user, not_shared, standing)
        except (OSError, Refused):
            pass  # only a note
    return notes


def is_file(name: str) -> bool:
    """Whether the name is one of a file that apps make."""
    return bool(not name.endswith('/') and MADE_BY_APPS.fullmatch(os.path.splitext(name)[1]))


def is_folder(name: str) -> bool:
    last = os.path.basename(name)
    return name.endswith('/') or not (last.startswith('.') or EXTENSION.fullmatch(os.path.splitext(last)[1]))


def begin_shared(missing: list[tuple[str, str, str | None, bool]]) -> list[str]:
    """As the service's user: copies what the release has, or makes the folder; of a file only its folder."""
    import shutil

    notes = []
    for name, path, source, file in missing:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if file and os.path.isdir(path) and not os.path.islink(path):
            try:
                os.rmdir(path)  # an older version made an empty folder for every shared path
            except OSError:
                continue
        if source is not None:
            partial = f'{path}.partial-{os.getpid()}'
            try:
                if os.path.isdir(source) and not os.path.islink(source):
                    shutil.copytree(source, partial, symlinks=True)
                else:
                    shutil.copy2(source, partial, follow_symlinks=False)
                os.rename(partial, path)
            except shutil.Error as error:
                raise Refused(
                    'CommandFailed', f'{name} could not be copied to shared: {str(error)[:200]}'
                ) from error
            notes.append(f'{name} in shared begins as the commit has it')
        elif not file and not os.path.lexists(path):
            os.makedirs(path)
    return notes


def not_shared(standing: list[tuple[str, str, str]]) -> list[str]:
    """As the service's user: what the release has in a folder, and shared does not have there."""
    notes = []
    for name, path, source in standing:
        if not (os.path.isdir(source) and os.path.isdir(path)):
            continue
        new = sorted(set(os.listdir(source)) - set(os.listdir(path)) - {'.gitkeep', '.gitignore', '.keep'})
        if new:
            shown = ', '.join(repr(each)[1:-1][:60] for each in new[:MOST_NAMES])
            more = f' and {len(new) - MOST_NAMES} more' if len(new) > MOST_NAMES else ''
            notes.append(
                f'{name} in shared lacks {shown}{more} of the commit, which the service does not see'
            )
    return notes
