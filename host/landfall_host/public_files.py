"""Public files: those that a proxy of the host serves by itself, such as static files and uploads.

The group of each proxy may read the public paths, and pass the folders above them. Nothing else of a release or of
`shared` is readable to it: other files there are neither of its group nor readable to all. Every change below
`releases` and `shared` is made as the owner of the files, so root follows nothing that a user controls.
"""

from __future__ import annotations

import errno
import os
import pwd
import stat

from landfall_host.access_lists import PASS, READ, READ_FOLDER, close_later, let_groups, lets
from landfall_host.accounts import account
from landfall_host.children import as_user
from landfall_host.files import is_directory
from landfall_host.protocol import Refused
from landfall_host.shared_paths import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.contract_types import CompleteResultUnread
    from landfall_host.state import Host

# The users of nginx, Apache, Caddy and lighttpd in the packages of Linux distributions.
PROXIES = ('www-data', 'nginx', 'apache', 'caddy', 'lighttpd', 'http', 'wwwrun')
# Folders that tutorials let a proxy serve.
FOLDERS = ('static', 'staticfiles', 'media', 'public', 'assets')
# Seconds for the files of a release, and for those in shared, of which there may be millions.
LONGEST = 120


def publish(host: Host, release: str, public: list[str], shared: list[str]) -> list[str]:
    """Lets the proxies read these paths of a release. Returns what people should know. Safe to repeat."""
    proxies = [name for name in PROXIES if group_of_proxy(name) is not None]
    if not public:
        return []
    if not proxies:
        return ['public: this host has no user of a proxy (' + ', '.join(PROXIES[:4]) + ')']
    groups = proxy_groups(host)
    links = [plain(name) for name in shared]
    own = [name for name in public if not lies_in(name, links)]
    outside = {name for name in public if lies_in(name, links)}
    outside |= {link for link in links if lies_in(link, own)}
    notes = [f'{", ".join(proxies)} may read {", ".join(public)}']
    try:
        place = host.release(release), host.workdir(release)
        as_user(host.deployer, open_release, *place, own, groups, seconds=LONGEST)
        # An entry of the base, which is root's: no other user can put a link there. Root keeps its setgid bit.
        let_groups(host.releases, groups, PASS)
        if outside:
            notes += opened_shared(host, sorted(outside), groups)
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
        raise Refused(
            'InvalidInput',
            f'The file system of {host.base} keeps no access lists (ACLs), which `public` needs. Mount it with '
            f'the option acl, or remove `public` and run `usermod -aG {host.user} {proxies[0]}`.',
        ) from error
    return notes


def opened_shared(host: Host, names: list[str], groups: list[int]) -> list[str]:
    """The app can stop or kill processes of its own user, also this one. It must not prevent its replacement so."""
    try:
        notes: list[str] = as_user(host.user, open_shared, host.shared, names, groups, seconds=LONGEST)
    except (OSError, Refused) as error:
        if isinstance(error, OSError) and error.errno == errno.EOPNOTSUPP:
            raise
        return [f'public: {", ".join(names)} in shared stays as it is: {error}']
    return notes


def lies_in(name: str, places: Iterable[str]) -> bool:
    """Whether a path is one of these, or lies in one."""
    return any((name + '/').startswith(place + '/') for place in places)


def proxy_groups(host: Host) -> list[int]:
    """The groups of the proxies on this host, without root's and those that own the files anyway."""
    found = [group_of_proxy(name) for name in PROXIES]
    own = 0, account(host.user).pw_gid, account(host.deployer).pw_gid
    return sorted({group for group in found if group is not None and group not in own})


def group_of_proxy(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_gid
    except KeyError:
        return None


def open_release(release: str, directory: str, public: list[str], groups: list[int]) -> None:
    """As the deploying user. What is readable to all, as a build may leave it, would be readable to the proxies too."""
    close_to_others(release)
    for name in public:
        path = os.path.join(directory, name)
        real = os.path.realpath(path)
        if not os.path.lexists(path):
            raise Refused(
                'InvalidInput',
                f'public: the release has no {name}. Make it with `build`, name it under `shared`, or remove it '
                'from `public`.',
            )
        if not (real + '/').startswith(release + '/') or real == release:
            raise Refused(
                'InvalidInput', f'public: {name} leads out of the release. Replace the link by files.'
            )
        for place in (*above(release, path), *above(release, real)):
            let_groups(place, groups, PASS)
        let_read(real, groups, inherits=False)


def open_shared(shared: str, names: list[str], groups: list[int]) -> list[str]:
    """As the service's user, who may make files at any moment: those begin with the list of their folder."""
    notes, others = [], []
    for name in names:
        path = os.path.join(shared, name)
        if not os.path.lexists(path):
            notes.append(f'public: {shared} has no {name} yet')
            continue
        if os.path.realpath(path) != path:
            notes.append(f'public: {path} is or lies behind a link, so it stays as it is')
            continue
        for place in above(shared, path):
            for entry in os.scandir(place):
                if not any(lies_in(os.path.join(shared, each), [entry.path]) for each in names):
                    others += [] if is_hidden(entry.path) else [entry.path]
            close_later(place)
            let_groups(place, groups, PASS)
        others += let_read(path, groups, inherits=True)
    if others:
        more = f' and {len(others) - 1} more' if len(others) > 1 else ''
        notes.append(f'public: {others[0]}{more} of another user stays as it is')
    return notes


def is_hidden(path: str) -> bool:
    try:
        hide(path)
    except PermissionError:
        return False
    except FileNotFoundError:
        pass
    return True


def above(top: str, path: str) -> Iterator[str]:
    """The folders from `top` down to the one of this path."""
    place = os.path.dirname(path)
    while place != top and place.startswith(top + '/'):
        yield place
        place = os.path.dirname(place)
    yield top


def let_read(path: str, groups: list[int], inherits: bool) -> list[str]:
    """A file, or a folder with all in it; returns what belongs to another user. Links are passed over.

    A folder whose list is inherited gets it last, so its own list says that all in it has one.
    """
    if not os.path.isdir(path):
        let_groups(path, groups, READ)
        return []
    if inherits and lets(path, groups, READ_FOLDER, inherits):
        return []
    others = []
    for directory, _, files in os.walk(path, topdown=False):
        for each, may in [
            *((os.path.join(directory, name), READ) for name in files),
            (directory, READ_FOLDER),
        ]:
            try:
                if may == READ_FOLDER or stat.S_ISREG(os.lstat(each).st_mode):
                    let_groups(each, groups, may, inherits and may == READ_FOLDER)
            except PermissionError:
                others.append(each)
            except FileNotFoundError:
                pass  # The app has removed it meanwhile.
    return others


def close_to_others(top: str) -> None:
    for directory, _, files in os.walk(top):
        hide(directory)
        for name in files:
            hide(os.path.join(directory, name))


def hide(path: str) -> None:
    """Takes it from users that are neither its owner nor in its group. A link has no mode of its own."""
    mode = os.lstat(path).st_mode
    if not stat.S_ISLNK(mode) and mode & 0o007:
        os.chmod(path, stat.S_IMODE(mode) & ~0o007)


def unread_by_proxies(host: Host, release: str) -> CompleteResultUnread | None:
    """The proxies of this host and the usual folders of a release that they cannot read; None: there are none."""
    top = host.workdir(release)
    folders = [name for name in FOLDERS if os.path.islink(f'{top}/{name}') or is_directory(f'{top}/{name}')]
    users = [name for name in PROXIES if folders and lacks_group(name, account(host.user).pw_gid)]
    return {'users': users, 'folders': folders} if users else None


def lacks_group(name: str, group: int) -> bool:
    """Whether there is such a user, who is not in the group."""
    try:
        return group not in os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
    except KeyError:
        return False
