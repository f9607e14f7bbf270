"""Addresses without their logins: a requirement file or an installer may write a token into a URL."""

from __future__ import annotations

import re

# Up to the last @ before the path: a password may hold one, too. `git@` of an SSH address is everybody's name.
LOGIN = re.compile(r'(?<=://)(?!git@)[^\s/?#\'"<>]+@')
HIDDEN = '***@'


def without_logins(text: str) -> str:
    return LOGIN.sub(HIDDEN, text)
