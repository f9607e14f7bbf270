"""Packages of Debian or Fedora."""

from __future__ import annotations

import os
import shutil

from landfall_host.run import must_run, run

INSTALL_SECONDS = 240
# A new machine updates itself after its first boot, and holds apt's lock meanwhile.
LOCK_SECONDS = 120


def manager() -> str | None:
    """The program that installs packages here; None: neither apt-get nor dnf is there."""
    return next((name for name in ('apt-get', 'dnf') if shutil.which(name)), None)


def install_words(name: str) -> list[str]:
    """The command as people would type it."""
    return [manager() or 'apt-get', 'install', '-y', name]


def install(name: str) -> None:
    """apt's lists are fetched where it does not find the package: a new machine may have none, or old ones."""
    os.environ['DEBIAN_FRONTEND'] = 'noninteractive'
    words = install_words(name)
    if words[0] == 'apt-get':
        words[1:1] = ['-o', f'DPkg::Lock::Timeout={LOCK_SECONDS}']
        if run(words, INSTALL_SECONDS)[0] == 0:
            return
        run([*words[:3], 'update'], INSTALL_SECONDS)
    must_run(words, INSTALL_SECONDS)


def install_stopped(name: str, unit: str) -> None:
    """Installs a package whose service must not start before it is set up. Debian starts it at once otherwise."""
    masked = os.path.join('/run/systemd/system', unit)
    run(['systemctl', 'mask', '--runtime', unit])
    try:
        install(name)
    finally:
        if os.path.islink(masked):
            run(['systemctl', 'unmask', '--runtime', unit])
        run(['systemctl', 'daemon-reload'])
