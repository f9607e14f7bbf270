"""systemd's own check of a unit's text before it is in force."""

from __future__ import annotations

import os

from landfall_host.files import remove_tree, write_text
from landfall_host.places import VERIFIED
from landfall_host.protocol import Refused
from landfall_host.run import run
from landfall_host.systemd import lines_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.state import Host


def verify_unit(host: Host, content: str, unit: str) -> None:
    """Refuses a text that systemd does not accept. Warnings (an unknown key, an ignored value) count as errors."""
    directory = f'{VERIFIED}.{os.getpid()}'
    os.makedirs(directory, mode=0o700)
    path = os.path.join(directory, unit)
    try:
        write_text(path, content, 0o644)
        status, out, err = run(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', path])
        alone = 'unrecognized option' not in err
        if not alone:  # before systemd 250; it then also reports the faults of units that are not ours
            status, out, err = run(['systemd-analyze', 'verify', '--man=no', path])
    finally:
        remove_tree(directory)
    said = [line for line in lines_of(out + err) if path in line or line.startswith(unit + ':')]
    if said or (status and alone):
        raise Refused(
            'CommandFailed',
            f'`systemd-analyze verify` does not accept the unit {unit}.',
            ('\n'.join(said) or out + err).replace(directory + '/', ''),
        )
