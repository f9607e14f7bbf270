"""The unit's text: in force for this boot only, restored, or made the boot unit."""

from __future__ import annotations

import os
import re

from landfall_host.files import names_in, read_json, read_text, remove_file, write_json, write_text
from landfall_host.instances import instance_path
from landfall_host.places import BOOT_UNITS
from landfall_host.protocol import Refused
from landfall_host.releases import record_path
from landfall_host.run import must_run
from landfall_host.systemd import show
from landfall_host.unit_texts import alias_text, is_alias, release_in, written_by_landfall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from landfall_host.shapes import Before
    from landfall_host.state import Host


def keep_before(host: Host) -> None:
    """Keeps the unit files from before this fence's first change, for `restore-unit`."""
    path = backup_path(host, host.state['fence'])
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_json(
            path,
            {
                'unproven': read_text(host.unproven),
                'boots': read_text(host.boots),
                'enabled': is_enabled(host),
                'socket': read_text(host.socket_boots),
            },
        )


def restore_boot_unit(host: Host, before: Before) -> bool:
    """As in `mark-good`, a power loss never leaves an alias unit without its socket. Whether that changed a file."""
    steps: list[Callable[[], bool]] = [
        lambda: restore_boot_socket(host, before),
        lambda: put_unit(host.boots, before['boots']),
    ]
    if not is_alias(before['boots']):
        steps.reverse()
    changed = [step() for step in steps]  # both, even when the first one changed nothing
    return any(changed)


def restore_boot_socket(host: Host, before: Before) -> bool:
    """Restores the boot unit's address from before this fence's first change, if that was kept."""
    boots = read_text(host.socket_boots)
    if before.get('socket', boots) == boots:
        return False
    if (
        read_text(host.socket_unproven) is None
        and show(host.socket, 'ActiveState')['ActiveState'] == 'active'
    ):
        put_unit(host.socket_unproven, boots)  # the current socket stays open
    return put_unit(host.socket_boots, before['socket'])


def restore_enablement(host: Host, before: Before) -> None:
    if before['enabled'] != is_enabled(host):
        must_run(['systemctl', 'enable' if before['enabled'] else 'disable', host.unit], 60)


def boot_last_good(host: Host, live: str | None) -> None:
    """Undoes an interrupted `mark-good`: restores the previous boot unit. The live unit stays in force."""
    boots, good = read_text(host.boots), host.state['lastGood']
    try:
        before = boots_of(host, good)
    except Refused:
        release = release_in(boots)
        entry = read_json(record_path(host, release)) if release else None
        if not entry or not entry['good']:
            raise
        # The boot unit's release was good too: then it is the one to restore.
        host.state['lastGood'] = release
        host.save()
        return
    # The boot unit is written after that: until then `repair` finds this leftover.
    restore_enablement(host, before)
    if read_text(host.unproven) is None and release_in(boots) == live:
        put_unit(host.unproven, boots)
    restore_boot_unit(host, before)
    daemon_reload()


def boots_of(host: Host, release: str | None) -> Before:
    """The unit files kept from the time in which this release booted (None: before the first one), or rebuilt ones."""
    directory = os.path.join(host.var, 'units')
    for fence in sorted((int(name) for name in names_in(directory) if name.isdigit()), reverse=True):
        before: Before | None = read_json(backup_path(host, fence))
        if before and release_in(before['boots']) == release:
            return before
    if release and read_text(instance_path(host, release)) is not None:
        return {'boots': alias_text(host, release), 'enabled': True}
    if release:
        raise Refused(
            'CommandFailed', f'The unit that booted release {release} is gone; deploy a good commit again.'
        )
    return {'boots': None, 'enabled': False}


def put_unit(path: str, content: str | None) -> bool:
    """Makes a unit file say this, or not be there (None). Whether it changed."""
    if read_text(path) == content:
        return False
    if content is None:
        remove_file(path)
    else:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_text(path, content, 0o644)
    return True


def drop_unproven(host: Host) -> None:
    if remove_file(host.unproven):
        daemon_reload()


def daemon_reload() -> None:
    must_run(['systemctl', 'daemon-reload'], 60)


def is_enabled(host: Host) -> bool:
    """From disk, which is what the next boot reads."""
    return any(
        os.path.lexists(os.path.join(BOOT_UNITS, name, host.unit))
        for name in names_in(BOOT_UNITS)
        if name.endswith(('.wants', '.requires'))
    )


def backup_path(host: Host, fence: int) -> str:
    return os.path.join(host.var, 'units', str(fence), 'before.json')


def masked_diff(before: str | None, after: str | None) -> list[str]:
    """A unified diff, without the values of settings (`Environment=`, or behind env(1)) except which release it is."""
    import difflib

    def lines(content: str | None) -> list[str]:
        # Ours has one setting on each line; in another's a value may be continued on the next one.
        text = content or ''
        return (text if written_by_landfall(text) else re.sub(r'\\\n[ \t]*', ' ', text)).split('\n')

    def mask(line: str) -> str:
        if release_in(line[1:]):
            return line
        of_env = re.match(r'([-+ ]    "?[A-Za-z_]\w*=)', line)
        if of_env:
            return of_env.group(1) + '***'
        setting = re.match(r'([-+ ]\s*Environment\s*=\s*)(.*)', line)
        if not setting:
            return line
        known = re.match(r'"?([A-Za-z_]\w*)=', setting.group(2))
        return setting.group(1) + (known.group(1) + '=' if known else '') + '***'

    diff = difflib.unified_diff(lines(before), lines(after), 'before', 'after', lineterm='')
    return [mask(line) for line in diff]
