"""Users of this host."""

from __future__ import annotations

import grp
import pwd

from landfall_host.protocol import Refused


def account(name: str) -> pwd.struct_passwd:
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Refused(
            'SetupNeeded', f'The user {name} does not exist on this host. Run `landfall setup`.'
        ) from None
    if user.pw_uid == 0:
        raise Refused('SetupNeeded', f'The user {name} is root. Run `landfall setup` with another one.')
    return user


def user_exists(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def group_of(user: str) -> str:
    """The user's first group by its name, or by its number where it has none. A new user's has the user's name."""
    try:
        number = pwd.getpwnam(user).pw_gid
    except KeyError:
        return user
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
