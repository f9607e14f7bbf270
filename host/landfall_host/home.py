"""The home of a service: where its libraries put caches (models, fonts, tokens)."""

from __future__ import annotations

import os
import pwd
import stat

from landfall_host.accounts import account

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host


def made_home(host: Host) -> str:
    """In the base, which is root's: no other user can put a link there."""
    return os.path.join(host.base, 'home')


def has_own_home(user: str) -> bool:
    """Whether the user's home is a directory of its own. That of a system user often is root's, or missing."""
    try:
        found = pwd.getpwnam(user)
        status = os.lstat(found.pw_dir)
    except (KeyError, OSError):
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == found.pw_uid


def home_variables(host: Host) -> dict[str, str]:
    """HOME for the service's processes; nothing where systemd's own value is a directory of the user."""
    return {} if has_own_home(host.user) else {'HOME': made_home(host)}


def make_home(host: Host) -> None:
    """Makes the directory that `home_variables` names. What is there already stays as it is."""
    if has_own_home(host.user):
        return
    try:
        os.mkdir(made_home(host), 0o700)
    except FileExistsError:
        return
    user = account(host.user)
    os.chown(made_home(host), user.pw_uid, user.pw_gid, follow_symlinks=False)
