"""A start of the plain unit on a private socket, next to the live release: proves its command and its variables."""

from __future__ import annotations

import os
import re
import time

from landfall_host.children import as_user
from landfall_host.files import remove_file
from landfall_host.places import JOB_UNITS
from landfall_host.probe import get
from landfall_host.protocol import Refused
from landfall_host.redaction import Redactor
from landfall_host.root_places import own_places
from landfall_host.run import must_run, run
from landfall_host.systemd import logged_about, show
from landfall_host.unit_files import daemon_reload, put_unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.eject_plan import Ejection
    from landfall_host.state import Host

# Seconds: above the limits of a unit.
LONGEST = 3700
PAUSE = 0.3


def check_on_private_socket(host: Host, plan: Ejection) -> None:
    """Refuses a plain unit that does not become ready. Nothing of the trial is left."""
    own_places(host)
    stem = host.stem + '-eject'
    service, socket, path = stem + '.service', stem + '.socket', f'/run/landfall/{stem}.sock'
    text = plan['unit'].replace(f'{host.stem}.runtime', f'{stem}.runtime').replace(host.socket, socket)
    text = re.sub(r'^Restart=.*$', 'Restart=no', text.split('\n[Install]')[0], flags=re.M)
    put_unit(os.path.join(JOB_UNITS, service), text + '\n')
    put_unit(
        os.path.join(JOB_UNITS, socket),
        f'[Unit]\nDescription=trial\n[Socket]\nListenStream={path}\nSocketMode=0666\nRemoveOnStop=yes\nService={service}\n',
    )
    try:
        daemon_reload()
        must_run(['systemctl', 'start', socket], 60)
        must_run(['systemctl', 'start', service], plan['values']['timeout'] + 60)
        wait_on(host, plan, service, path)
    except Refused as refused:
        said = '\n'.join(logged_about(service)[-20:])
        raise Refused(
            refused.kind,
            f'{refused.message} Nothing was changed: release {plan["release"]} serves as before.',
            Redactor(host)(refused.output or said),
        ) from None
    finally:
        run(['systemctl', 'stop', socket, service], LONGEST)
        remove_file(os.path.join(JOB_UNITS, service))
        remove_file(os.path.join(JOB_UNITS, socket))
        daemon_reload()
        run(['systemctl', 'reset-failed', service])


def wait_on(host: Host, plan: Ejection, service: str, path: str) -> None:
    values, gate = plan['values'], plan['gate']
    limit, why = time.monotonic() + values['timeout'], 'no answer'
    while time.monotonic() < limit:
        if show(service, 'ActiveState')['ActiveState'] in ('failed', 'inactive'):
            raise Refused('CommandFailed', 'The plain unit ended on a private socket.')
        if values['check'] == 'command':
            return
        answer = as_user(
            host.deployer,
            get,
            {'socket': path},
            values['path'],
            gate.get('headers') or {},
            2000,
            None,
            seconds=5,
        )
        if answer['status'] is not None and 200 <= answer['status'] < 300:
            return
        why = f'answered {answer["status"]}' if answer['status'] is not None else str(answer['error'])[:200]
        time.sleep(PAUSE)
    raise Refused(
        'CommandFailed',
        f'The plain unit was not ready on a private socket within {values["timeout"]} s: {values["path"]}: {why}.',
    )
