"""A power loss after a checkout has moved, and before its release is good: the next boot moves the checkout back.

The boot unit is still that of last good, or the one from before Landfall. Its packages are not those of the new commit.
So a move writes a guard first: a unit of root's that runs once at boot, before the service. The guard is there only
while a deploy has moved the checkout.
"""

from __future__ import annotations

import os
import re
import sys

from landfall_host.checkout_git import move, set_aside, unlock
from landfall_host.children import as_user
from landfall_host.files import link, read_text, remove_file, sync_directory, write_text
from landfall_host.machine import boot_id
from landfall_host.places import BOOT_UNITS, HELPER, VAR
from landfall_host.protocol import Refused
from landfall_host.state import load_host
from landfall_host.unit_texts import release_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.shapes import MovedCheckout
    from landfall_host.state import Host

# Seconds for each of two steps of Git. The service waits for the guard, which systemd ends a little later.
STEP_SECONDS = 90
OPTION = '--move-checkout-back'


def guard_path(host: Host) -> str:
    return os.path.join(BOOT_UNITS, guard_name(host))


def guard_name(host: Host) -> str:
    return f'landfall-checkout-{host.service}.service'


def wanted_path(host: Host) -> str:
    return os.path.join(BOOT_UNITS, 'multi-user.target.wants', guard_name(host))


def guard_text(host: Host, checkout: str) -> str:
    places = ' '.join(quoted(place) for place in (checkout, host.base, VAR))
    return '\n'.join(
        [
            '# Written by Landfall while a deploy has moved the checkout; removed when that deploy ends.',
            '[Unit]',
            f'Description={host.service}: moves the checkout back if a deploy was interrupted by a power loss',
            # The service starts afterwards, and starts too when this fails.
            f'Before={host.unit}',
            f'RequiresMountsFor={places}',
            'After=nss-user-lookup.target',
            '',
            '[Service]',
            'Type=oneshot',
            f'ExecStart={HELPER} {OPTION} {host.service}',
            f'TimeoutStartSec={2 * STEP_SECONDS + 30}',
            '',
            '[Install]',
            'WantedBy=multi-user.target',
            '',
        ]
    )


def quoted(path: str) -> str:
    return '"' + path.replace('\\', '\\\\').replace('"', '\\"').replace('%', '%%') + '"'


def keep_guard(host: Host, checkout: str) -> None:
    """Before a move. The next boot reads the file from disk: systemd of this boot needs to know nothing of it."""
    write_text(guard_path(host), guard_text(host, checkout), 0o644)
    os.makedirs(os.path.dirname(wanted_path(host)), mode=0o755, exist_ok=True)
    link(wanted_path(host), guard_path(host))
    sync_directory(os.path.dirname(wanted_path(host)))


def drop_guard(host: Host) -> None:
    """After the deploy has ended, or has moved the checkout back."""
    if not host.state.get('checkout'):
        remove_file(wanted_path(host))
        remove_file(guard_path(host))


def move_checkout_back(service: str) -> None:
    """Called by systemd at boot. Does nothing within the boot in which the checkout was moved."""
    try:
        host = load_host(service)
        moved = host.lock().get('checkout')
        if moved and is_out_of_place(host, moved):
            saved = bring_back(host, moved)
            host.state['checkout'] = None
            host.save()
            print(f'{moved["checkout"]} is at {moved["commit"][:12]} again, as before the deploy.')
            if saved:
                print(f'Changed files are kept: git -C {moved["checkout"]} stash apply {saved}')
        drop_guard(host)
    except Refused as why:
        sys.exit(f'landfall-host: {why.message} {(why.output or "")[:500]}')


def is_out_of_place(host: Host, moved: MovedCheckout) -> bool:
    """Whether another release boots than the one that the checkout was moved to, and no deploy of this boot acts."""
    boots = release_in(read_text(host.boots))
    return moved.get('boot') != boot_id() and (boots is None or boots != moved.get('release'))


def bring_back(host: Host, moved: MovedCheckout) -> str | None:
    """A commit with the changes that the release has made meanwhile; None: there are none.

    Half a move looks like changes too, and is none of them.
    """
    checkout, commit = moved['checkout'], moved['commit']
    if re.fullmatch(r'[0-9a-f]{40,64}', commit) is None:
        raise Refused('InvalidInput', f'The record of {checkout} names no commit.')
    # No Git of the boot before is alive, so that its locks hold nothing.
    as_user(host.deployer, unlock, checkout)
    saved: str | None = None
    if not moved['moving']:
        saved = as_user(host.deployer, set_aside, checkout, commit, seconds=STEP_SECONDS)
    as_user(host.deployer, move, checkout, commit, moved['moving'], seconds=STEP_SECONDS)
    return saved
