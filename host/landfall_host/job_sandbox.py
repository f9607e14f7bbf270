"""The sandbox of a job of the deploying user. Such a job builds an environment, and so runs the code of strangers.

A dependency's build script must not leave a key, a unit, a timer or a changed release behind. So it writes
into the one environment that is built, its own temporary files and a cache, and nothing else. A job that installs
the release itself, or builds in it, writes into that release, which has never run. Its home is read, because that
is where access to package indexes and repositories is configured.
"""

from __future__ import annotations

import os

from landfall_host.files import read_text
from landfall_host.places import CACHE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host

# Nothing else in /run: sockets there lead to systemd, to D-Bus and to the user's own manager.
NAME_RESOLUTION = (
    '/run/systemd/resolve',
    '/run/NetworkManager',
    '/run/resolvconf',
    '/run/connman',
    '/run/netconfig',
    '/run/nscd',
)

PROTECTION = [
    'ProtectSystem=strict',
    'ProtectHome=read-only',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'TemporaryFileSystem=/run:ro',
    'TemporaryFileSystem=/dev/shm:mode=1777',
    'BindReadOnlyPaths=' + ' '.join('-' + path for path in NAME_RESOLUTION),
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectProc=invisible',
    'PrivateIPC=yes',
    'CapabilityBoundingSet=',
    'RestrictSUIDSGID=yes',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallErrorNumber=EPERM',
    'SystemCallFilter=~@mount ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp perf_event_open '
    'bpf userfaultfd',
]


def protection_of(host: Host, places: list[str]) -> list[str]:
    """Properties of the unit; `places` are the directories that it may fill."""
    properties = [
        *PROTECTION,
        # Outside of the environments: a file linked from there would be the same file for the next installation.
        f'CacheDirectory={os.path.basename(CACHE)}/{host.service}',
        'CacheDirectoryMode=0700',
    ]
    if places:
        properties += ['ReadWritePaths=' + ' '.join(places)]
    if int(read_text('/proc/sys/user/max_user_namespaces') or 0):
        # Otherwise it could write into the memory of the same user's processes outside, by way of /proc.
        properties += ['PrivateUsers=yes']
    return properties


def variables_of(host: Host) -> dict[str, str]:
    cache = os.path.join(CACHE, host.service)
    return {
        'XDG_CACHE_HOME': cache,
        'UV_CACHE_DIR': cache + '/uv',
        'PIP_CACHE_DIR': cache + '/pip',
        'CARGO_HOME': cache + '/cargo',
        # Of npm and of pnpm, which reads npm's variables, and of yarn.
        'npm_config_cache': cache + '/npm',
        'npm_config_store_dir': cache + '/pnpm',
        'YARN_CACHE_FOLDER': cache + '/yarn',
        # Not by hard links: whoever writes into the cache later would change environments that serve.
        'UV_LINK_MODE': 'copy',
    }


def make_environment(path: str) -> None:
    """As the deploying user: where it may write must be there before it starts."""
    if not os.path.isdir(path):
        os.mkdir(path, 0o755)
    if os.path.islink(path):
        raise NotADirectoryError(20, 'is a link', path)
