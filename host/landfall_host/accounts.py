"""Users of this host."""

from __future__ import annotations

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
