"""The texts of the units of a release's processes, from values that are checked and the name of the host."""

from __future__ import annotations

import os

from landfall_host.metrics_folder import with_metrics_folder
from landfall_host.process_files import target_name, unit_name
from landfall_host.unit_render import (
    becoming,
    command_line,
    environment,
    from_file,
    runtime_directory,
    user_and_environment,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.contract_types import ProcessUnit
    from landfall_host.process_files import Name
    from landfall_host.shapes import StoredProcesses, UnitValues
    from landfall_host.state import Host


def service_text(
    host: Host,
    group: str,
    name: Name,
    stored: StoredProcesses,
    given: Iterable[str],
    after: list[str],
    env_file: str | None = None,
) -> str:
    """`given`: names that the host's own files set. `after`: units whose run under way must end first."""
    process = stored['units'][name.process]
    scheduled = process['schedule'] is not None
    return '\n'.join(
        [
            f'# Written by Landfall: {name.process} of this release. Changes made here are lost with the next deploy.',
            f'# Your own settings belong in a drop-in: systemctl edit --force {host.stem}@.service',
            '[Unit]',
            f'Description={host.service}, {name.process} of release {name.release}',
            'After=' + ' '.join(['network-online.target', *after]),
            'Wants=network-online.target',
            # `systemctl restart` and `stop` of the target reach the live processes.
            *([] if scheduled else ['PartOf=' + target_name(host), 'StartLimitIntervalSec=0']),
            '',
            '[Service]',
            'Type=' + ('oneshot' if scheduled else 'exec'),
            *user_and_environment(host, group, values_of(name, stored)),
            'RuntimeDirectory='
            + ' '.join(
                path[len('/run/') :]
                for path in with_metrics_folder(
                    {*values_of(name, stored)['process']['env'], *given}, own_directory(host, name)
                )
            ),
            'RuntimeDirectoryMode=0755',
            *from_file(env_file),
            command_line([*becoming(env_file), *words_of(host, name, stored, given, process['argv'])]),
            # The main process alone is told to finish, once. At its limit systemd ends all that is left.
            'KillMode=mixed',
            'KillSignal=SIG' + process['stopSignal'],
            f'TimeoutStopSec={process["drainMilliseconds"]}ms',
            *([] if scheduled else ['Restart=always', 'RestartSec=1']),
            'NoNewPrivileges=yes',
            'PrivateTmp=yes',
            '',
        ]
    )


def own_directory(host: Host, name: Name) -> str:
    """The runtime directory of one start. systemd removes it at its end, so no other unit may have it."""
    return f'{runtime_directory(host, name.release)}.{name.process}.{name.number}'


def words_of(
    host: Host, name: Name, stored: StoredProcesses, given: Iterable[str], argv: list[str]
) -> list[list[str]]:
    """One setting a line, as in the unit of the web server."""
    return [
        ['/usr/bin/env', '--chdir=' + host.workdir(name.release), '--'],
        *([each] for each in settings_of(host, name, stored, given)),
        argv,
    ]


def settings_of(host: Host, name: Name, stored: StoredProcesses, given: Iterable[str]) -> list[str]:
    values = values_of(name, stored)
    more = {
        # A shell does not set it, unless it is bash.
        **({} if 'HOSTNAME' in values['process']['env'] else {'HOSTNAME': os.uname().nodename}),
        'XDG_RUNTIME_DIR': own_directory(host, name),
        'LANDFALL_PROCESS': name.process,
        'LANDFALL_PHASE': 'process',
    }
    return environment(host, values, more, given)


def values_of(name: Name, stored: StoredProcesses) -> UnitValues:
    """As the web server's of the same release, with the settings of this process on top."""
    values: UnitValues = {**stored['values'], 'release': name.release}
    env = {**values['process']['env'], **stored['units'][name.process]['env']}
    return {**values, 'process': {**values['process'], 'env': env}}


def timer_text(host: Host, name: Name, process: ProcessUnit) -> str:
    return '\n'.join(
        [
            f'# Written by Landfall: when {name.process} of this release runs.',
            '[Unit]',
            f'Description={host.service}, schedule of {name.process} of release {name.release}',
            'PartOf=' + target_name(host),
            '',
            '[Timer]',
            f'OnCalendar={process["schedule"]}',
            # A run that was missed while the host was down is made up for.
            'Persistent=true',
            'Unit=' + unit_name(host, name.release, name.process, name.number),
            '',
        ]
    )


def target_text(host: Host, units: Iterable[str]) -> str:
    return '\n'.join(
        [
            '# Written by Landfall: the live processes. Changes made here are lost with the next deploy.',
            '[Unit]',
            f'Description={host.service}: its processes',
            *('Wants=' + unit for unit in sorted(units)),
            '',
            '[Install]',
            'WantedBy=multi-user.target',
            '',
        ]
    )
