"""The unit of a release: rendered, verified by systemd, and put in force or taken back."""

from __future__ import annotations

from landfall_host.accounts import account
from landfall_host.addresses import check_for_systemd, check_pinned
from landfall_host.drop_ins import privileged_drop_ins
from landfall_host.env_files import given_to
from landfall_host.files import read_json, read_text
from landfall_host.home import make_home
from landfall_host.instances import ALIVE, in_force, instance_path, running_instances
from landfall_host.managed_env import file_of, newest_version, read_version, version_path
from landfall_host.process_preview import process_diffs
from landfall_host.process_start import keep_processes
from landfall_host.process_state import stored_processes
from landfall_host.protocol import Refused
from landfall_host.redaction import Redactor
from landfall_host.releases import close_release, record_path, undo_mark_good
from landfall_host.running_file import gate_of_running
from landfall_host.secret_values import environment_of
from landfall_host.starting import check_places
from landfall_host.unit_files import (
    backup_path,
    daemon_reload,
    keep_before,
    masked_diff,
    put_unit,
    restore_boot_unit,
    restore_enablement,
)
from landfall_host.unit_render import alone_text, alongside_text
from landfall_host.unit_texts import is_alias, release_in
from landfall_host.unit_verify import verify_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Sequence

    from landfall_host.contract_types import (
        InstalledUnit,
        PreviewUnitRequest,
        RestoreUnitRequest,
        RestoreUnitResult,
        UnitRequest,
    )
    from landfall_host.shapes import StoredProcesses, UnitValues
    from landfall_host.state import Host


def verb_install_unit(host: Host, ask: UnitRequest, stdin: BinaryIO) -> InstalledUnit:
    close_release(host, ask['release'])
    keep_processes(host, ask, group_of(host))
    check_pinned(host, ask['address'])
    text = alone_text(host, group_of(host), ask, *own_files(host, ask['release']))
    verify_unit(host, text, host.unit)
    make_home(host)
    keep_before(host)
    before = in_force(host)
    if before != text and put_unit(host.unproven, text):
        daemon_reload()
    return installed(host, before, text)


def verb_install_instance(host: Host, ask: UnitRequest, stdin: BinaryIO) -> InstalledUnit:
    release = ask['release']
    close_release(host, release)
    check_for_systemd(host, ask['address'])
    text, path = (
        alongside_text(host, group_of(host), ask, *own_files(host, release)),
        instance_path(host, release),
    )
    if running_instances(host).get(release) in ALIVE and read_text(path) != text:
        raise Refused(
            'InvalidInput', f'The release {release} runs; its unit {host.instance(release)} stays as it is.'
        )
    keep_processes(host, ask, group_of(host))
    before = live_text(host)
    if read_text(path) != text:
        verify_unit(host, text, host.instance(release))
        make_home(host)
        put_unit(path, text)
    return installed(host, before, text)


def verb_preview_unit(host: Host, ask: PreviewUnitRequest, stdin: BinaryIO) -> InstalledUnit:
    """Compares the units of these values with the live ones.

    The unit is rendered under the name of the live release: another name alone would change a dozen lines.
    A live unit that is not Landfall's has no such name; release number 0 never exists.
    """
    live = release_in(in_force(host))
    record = read_json(record_path(host, live)) if live else None
    release = live or '0-' + ask['commit'][:7]
    named: UnitValues = {
        'release': release,
        'commit': record['commit'] if record else ask['commit'],
        'address': ask['address'],
        'process': ask['process'],
        'directory': ask.get('directory'),
    }
    newest = read_version(host, newest_version(host))
    given = {*environment_of(host), *(newest['values'] if newest else ())}
    env_file = version_path(host, newest['number']) if newest else None
    if ask['alongside']:
        check_for_systemd(host, ask['address'])
        text = alongside_text(host, group_of(host), named, given, gate_of_running(), env_file)
    else:
        check_pinned(host, ask['address'])
        text = alone_text(host, group_of(host), named, given, gate_of_running(), env_file)
    verify_unit(host, text, host.instance(release) if ask['alongside'] else host.unit)
    units = ask['process'].get('processes') or {}
    wanted: StoredProcesses = {'units': units, 'values': named, 'group': group_of(host)}
    of_live = stored_processes(host, live) if live else None
    return installed(host, live_text(host), text, process_diffs(host, release, of_live, wanted, given))


def own_files(host: Host, release: str) -> tuple[set[str], str, str | None]:
    """The names that files of this host set, the gate, and the file of the release's managed environment."""
    return given_to(host, release), gate_of_running(), file_of(host, release)


def live_text(host: Host) -> str | None:
    """The unit text of the live release, never that of the alias unit."""
    text = in_force(host)
    release = release_in(text)
    return read_text(instance_path(host, release)) if release and is_alias(text) else text


def installed(host: Host, before: str | None, text: str, more: Sequence[str] = ()) -> InstalledUnit:
    """`more`: lines of further diffs."""
    lines = [*masked_diff(before, text)[2:], *more]
    signs = [line[:1] for line in lines]
    diff = ['--- before', '+++ after', *lines] if lines else []
    return {
        'changed': before != text or bool(more),
        'added': signs.count('+'),
        'removed': signs.count('-'),
        'diff': Redactor(host)('\n'.join(diff)),
        'warnings': privileged_drop_ins(host),
    }


def group_of(host: Host) -> str:
    """By its number: a group may have a name that systemd does not accept."""
    return str(account(host.user).pw_gid)


def verb_restore_unit(host: Host, ask: RestoreUnitRequest, stdin: BinaryIO) -> RestoreUnitResult:
    """Restores the unit from before this fence, or the boot unit. Both undo an interrupted `mark-good`."""
    before = read_json(backup_path(host, host.state['fence']))
    boots, socket = read_text(host.boots), read_text(host.socket_boots)
    if is_alias(before['boots'] if before else boots):
        check_places(host, before.get('socket', socket) if before else socket)
    undo_mark_good(host)
    changed = (
        [put_unit(host.unproven, before['unproven'] if before and ask['to'] == 'before' else None)]
        if before or ask['to'] == 'boot'
        else []
    )
    if before:
        changed.append(restore_boot_unit(host, before))
    if any(changed):
        daemon_reload()
    if before:
        restore_enablement(host, before)
    return {'restored': before is not None or any(changed)}
