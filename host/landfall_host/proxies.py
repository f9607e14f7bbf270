"""Proxies that serve static files by themselves, and whether they can read them."""

from __future__ import annotations

import os
import pwd

from landfall_host.accounts import account
from landfall_host.files import is_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.contract_types import StageResultUnread
    from landfall_host.state import Host

# The users of nginx, Apache and Caddy in the packages of Linux distributions.
PROXIES = ('www-data', 'nginx', 'apache', 'caddy')
# Folders that tutorials let a proxy serve.
FOLDERS = ('static', 'staticfiles', 'media', 'public', 'assets')


def unread_by_proxies(host: Host, release: str, folder: str | None) -> StageResultUnread | None:
    """The proxies of this host and the folders of the release that they cannot read; None: there are none.

    A release is readable to the group of the service, and to no other user.
    """
    top = os.path.join(host.release(release), folder or '')
    folders = [name for name in FOLDERS if is_directory(os.path.join(top, name))]
    users = [name for name in PROXIES if folders and lacks_group(name, account(host.user).pw_gid)]
    return {'users': users, 'folders': folders} if users else None


def lacks_group(name: str, group: int) -> bool:
    """Whether there is such a user, who is not in the group."""
    try:
        return group not in os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
    except KeyError:
        return False
