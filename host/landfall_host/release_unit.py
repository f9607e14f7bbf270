"""The service's own unit, for a release that runs alone: put in force for this boot, and taken back."""
from landfall_host.files import read_json, read_text
from landfall_host.instances import in_force
from landfall_host.redaction import Redactor
from landfall_host.releases import take_back_good, whole_release
from landfall_host.run import must_run
from landfall_host.starting import check_places
from landfall_host.unit_check import check_unit, verify_unit
from landfall_host.unit_files import backup_path, daemon_reload, is_enabled, keep_before, masked_diff, put_boots_back, put_unit
from landfall_host.unit_texts import is_handle


def verb_install_unit(host, ask, stdin):
    whole_release(host, ask['release'])
    check_unit(host, ask['text'], ask['release'])
    verify_unit(host, ask['text'], host.unit)
    keep_before(host)
    before = in_force(host)
    if before != ask['text'] and put_unit(host.unproven, ask['text']):
        daemon_reload()
    return {'changed': before != ask['text'], 'diff': Redactor(host)(masked_diff(before, ask['text']))}


def verb_restore_unit(host, ask, stdin):
    """To what was in force before this fence, or to what boots. A torn-off `mark-good` is undone both ways."""
    before = read_json(backup_path(host, host.state['fence']))
    boots, socket = read_text(host.boots), read_text(host.socket_boots)
    if is_handle(before['boots'] if before else boots):
        check_places(host, before.get('socket', socket) if before else socket)
    take_back_good(host)
    changed = [put_unit(host.unproven, before['unproven'] if before and ask['to'] == 'before' else None)] \
        if before or ask['to'] == 'boot' else []
    if before:
        changed.append(put_boots_back(host, before))
    if any(changed):
        daemon_reload()
    if before and before['enabled'] != is_enabled(host):
        must_run(['systemctl', 'enable' if before['enabled'] else 'disable', host.unit], 60)
    return {'restored': before is not None or any(changed)}
