"""Lets a service run as plain units, or leaves it as it ran."""

from __future__ import annotations

import os
import time

from landfall_host.children import as_user
from landfall_host.eject_trial import check_on_private_socket
from landfall_host.files import names_in, read_text, remove_file, write_json, write_text
from landfall_host.instances import instance_files, instance_path, remove_instance, running_instances
from landfall_host.places import BOOT_UNITS, UNPROVEN_UNITS
from landfall_host.plain_units import HEADING
from landfall_host.probe import get
from landfall_host.process_files import process_files, remove_process_files, target_name
from landfall_host.process_state import processes_now
from landfall_host.processes_target import forget_target
from landfall_host.protocol import Refused
from landfall_host.redaction import Redactor
from landfall_host.run import must_run, run
from landfall_host.started import keep_started
from landfall_host.state import ejected_file
from landfall_host.systemd import logged_about, number, show
from landfall_host.unit_files import daemon_reload, is_enabled, put_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.eject_plan import Ejection
    from landfall_host.state import Host

# Seconds for systemd to stop a unit and start it: above every limit that a unit of Landfall has.
LONGEST = 3700
# A process that ends within this time does not run.
STABLE = 2.0
PAUSE = 0.3


def boots_plain(host: Host) -> bool:
    return (read_text(host.boots) or '').startswith(HEADING) and read_text(host.unproven) is None


def switch(host: Host, plan: Ejection) -> None:
    """Refuses with the service as it ran before, when the plain units do not serve."""
    alongside = plan['socket'] is not None
    instance = host.instance(plan['release'])
    keep_started(host)
    if alongside:
        check_on_private_socket(host, plan)
    copied = copy_drop_ins(host, plan)
    try:
        start_processes(host, plan)
        put_unit(host.unproven, plan['unit'])
        if alongside:
            # Without PartOf=: a restart of the service's unit must not reach the instance that still serves.
            put_unit(
                os.path.join(UNPROVEN_UNITS, instance),
                without_part_of(read_text(instance_path(host, plan['release'])) or ''),
            )
        daemon_reload()
        must_run(['systemctl', 'restart', host.unit], LONGEST)
        if alongside:
            must_run(['systemctl', 'stop', instance], LONGEST)
        wait_until_ready(host, plan)
    except Refused as refused:
        for path in copied:
            remove_file(path)
        raise went_back(host, plan, refused) from None
    boot_plain(host, plan)


def boot_plain(host: Host, plan: Ejection) -> None:
    """In an order in which a power loss always leaves units that boot; a second call finishes."""
    users = [host.user, host.deployer]
    write_json(ejected_file(host.service), {'keep': plan['keep'], 'users': users})
    if plan['socket'] is not None:
        put_unit(host.socket_boots, plan['socket'])
    put_unit(host.boots, plan['unit'])
    for path in (
        host.socket_unproven,
        host.unproven,
        os.path.join(UNPROVEN_UNITS, host.instance(plan['release'])),
    ):
        remove_file(path)
    daemon_reload()
    if not is_enabled(host):
        must_run(['systemctl', 'enable', host.unit], 60)


def went_back(host: Host, plan: Ejection, refused: Refused) -> Refused:
    """Lets the release serve again as Landfall ran it, and says how that went."""
    said = '\n'.join(logged_about(host.unit)[-20:])
    stop = [name for name in plan['processes'] if name.endswith('.service')]
    if stop:
        run(['systemctl', 'stop', *stop], LONGEST)
    for name in plan['processes']:
        remove_file(os.path.join(BOOT_UNITS, name))
    run(['systemctl', 'stop', host.unit], LONGEST)
    remove_file(host.unproven)
    remove_file(os.path.join(UNPROVEN_UNITS, host.instance(plan['release'])))
    daemon_reload()
    run(['systemctl', 'reset-failed', host.unit])
    words = f'{refused.message} {host.unit} runs release {plan["release"]} of Landfall again'
    try:
        must_run(['systemctl', 'start', host.unit], LONGEST)
        wait_until_ready(host, plan)
        words += ', and is ready. Nothing was ejected.'
    except Refused as again:
        words += f', and is not ready either: {again.message} Look at `systemctl status {host.unit}`.'
    output = refused.output if refused.output is not None else said
    return Refused(refused.kind, words, Redactor(host)(output))


def wait_until_ready(host: Host, plan: Ejection) -> None:
    """Asks as a deploy does, as the deploying user: so many good answers in a row."""
    values = plan['values']
    limit, good, why = time.monotonic() + values['timeout'], 0, 'no answer'
    while time.monotonic() < limit:
        state = show(host.unit, 'ActiveState', 'NRestarts')
        if state['ActiveState'] == 'failed' or (number(state.get('NRestarts')) or 0) > 1:
            raise Refused('CommandFailed', f'{host.unit} ends again and again.')
        if values['check'] == 'command':
            why = '' if state['ActiveState'] == 'active' else f'it is {state["ActiveState"]}'
        else:
            why = why_not_ready(host, plan)
        good = 0 if why else good + 1
        if good >= values['successes']:
            return
        time.sleep(PAUSE)
    raise Refused(
        'CommandFailed',
        f'{host.unit} was not ready within {values["timeout"]} s: {values["path"]}: {why}.',
    )


def why_not_ready(host: Host, plan: Ejection) -> str:
    values, gate = plan['values'], plan['gate']
    check = None if values['check'] == 'http' else values['check']
    milliseconds = gate.get('requestTimeoutMilliseconds', 2000)
    answer = as_user(
        host.deployer,
        get,
        plan['address'],
        values['path'],
        gate.get('headers') or {},
        milliseconds,
        check,
        seconds=milliseconds / 1000 + 2,
    )
    status = answer['status']
    if status is not None and 200 <= status < 300:
        return ''
    return f'it answered {status}' if status is not None else str(answer['error'])[:200]


def start_processes(host: Host, plan: Ejection) -> None:
    """Long-running ones, next to those of Landfall: each must stay up. Timers start with the end of their old ones."""
    for name, text in plan['processes'].items():
        put_unit(os.path.join(BOOT_UNITS, name), text)
    daemon_reload()
    names = [name for name in plan['values']['processes'] if name not in plan['values']['singletons']]
    start_and_watch(host, names)


def start_and_watch(host: Host, names: list[str]) -> None:
    if not names:
        return
    must_run(['systemctl', 'start', *names], 120)
    limit = time.monotonic() + STABLE
    while time.monotonic() < limit:
        for name in names:
            state = show(name, 'ActiveState', 'NRestarts')
            if state['ActiveState'] != 'active' or state.get('NRestarts', '0') != '0':
                said = Redactor(host)('\n'.join(logged_about(name)[-20:]))
                raise Refused('CommandFailed', f'{name} does not stay up as a plain unit.', said)
        time.sleep(PAUSE)


def give_up_landfalls_units(host: Host, plan: Ejection, apply: bool) -> bool:
    """Whether there is something to give up. Old processes finish their tasks first, as long as their limit allows."""
    left = [*process_files(host), *instance_files(host)]
    late = [name for name in plan['processes'] if not is_wanted(name)]
    if not apply:
        return bool(left or late)
    old = [each.unit for each in processes_now(host) if each.is_alive]
    singletons = plan['values']['singletons']
    if old:
        must_run(
            ['systemctl', 'stop', *([] if singletons else ['--no-block']), target_name(host), *old], LONGEST
        )
    forget_target(host)
    start_and_watch(host, [name for name in singletons if name in plan['processes']])
    enable = [
        name for name in plan['processes'] if name.endswith('.timer') or name in plan['values']['processes']
    ]
    if enable:
        must_run(['systemctl', 'enable', '--now', *enable], 120)
    running = running_instances(host)
    if running:
        must_run(['systemctl', 'stop', *map(host.instance, running)], LONGEST)
    for release in instance_files(host):
        remove_instance(host, release)
    finishing = {each.unit for each in processes_now(host) if each.is_alive or each.is_finishing}
    remove_process_files(unit for unit in process_files(host) if unit not in finishing)
    daemon_reload()
    return True


def is_wanted(name: str) -> bool:
    """Whether a process of the plain units starts at boot, where it has to."""
    text = read_text(os.path.join(BOOT_UNITS, name)) or ''
    folder = 'timers.target.wants' if name.endswith('.timer') else 'multi-user.target.wants'
    return '[Install]' not in text or os.path.lexists(os.path.join(BOOT_UNITS, folder, name))


def without_part_of(text: str) -> str:
    return '\n'.join(line for line in text.split('\n') if not line.startswith('PartOf='))


def copy_drop_ins(host: Host, plan: Ejection) -> list[str]:
    """Drop-ins of all releases (`shop@.service.d`) count for the plain units too. Returns the copies."""
    copies = []
    source = os.path.join(BOOT_UNITS, host.stem + '@.service.d')
    units = [*([host.unit] if plan['socket'] is not None else []), *plan['processes']]
    for name in names_in(source):
        text = read_text(os.path.join(source, name)) if name.endswith('.conf') else None
        for unit in units if text is not None else ():
            path = os.path.join(BOOT_UNITS, unit + '.d', name)
            if unit.endswith('.service') and text is not None and not os.path.lexists(path):
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
                write_text(path, text, 0o644)
                copies.append(path)
    return copies
