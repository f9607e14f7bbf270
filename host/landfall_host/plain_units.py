"""The texts of units that need nothing of Landfall, from those that Landfall wrote. Pure."""

from __future__ import annotations

import os
import re

from landfall_host.metrics_folder import FOLDER, VARIABLE
from landfall_host.unit_quoting import quote_for_command, quote_for_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from landfall_host.landfall_unit import LandfallUnit

HEADING = '# Written by landfall eject; nothing of Landfall is needed.'
# Of a unit of Landfall; here they are written again, or nothing needs them.
REPLACED = re.compile(
    'Description|PartOf|After|Wants|Type|NotifyAccess|Environment|EnvironmentFile|RuntimeDirectory|StandardInput'
    '|Sockets|ExecStart'
)
OF_LANDFALL = 'landfall/services/'


class PlainPlace:
    """Where a release lay, and where its code and its environment lie now."""

    def __init__(self, release: str, app: str, venv: str) -> None:
        self.release, self.app, self.venv = release, app, venv

    def moved(self, text: str) -> str:
        """A path below the release, or a text that has such paths."""
        text = text.replace(self.release + '/.venv', self.venv)
        return text if self.app == self.release else text.replace(self.release, self.app)


def service_text(
    unit: LandfallUnit,
    place: PlainPlace,
    name: str,
    description: str,
    argv: list[str],
    kind: str,
    env_files: list[str],
    socket: str | None = None,
) -> str:
    """`name`: of the new unit. `kind`: systemd's type of it. `socket`: the unit that hands its socket over."""
    runtime = os.path.splitext(name)[0] + '.runtime'
    old = [path for value in unit.values_of('RuntimeDirectory') for path in value.split(' ')]
    directories = [
        runtime,
        *([f'{runtime}/{FOLDER}'] if any(path.endswith('/' + FOLDER) for path in old) else []),
    ]
    after = ' '.join(['network-online.target', *([socket] if socket else [])])
    in_unit = [f'Description={description}', f'After={after}', 'Wants=network-online.target']
    in_service = [
        f'Type={kind}',
        *(['NotifyAccess=main'] if kind == 'notify' else []),
        'RuntimeDirectory='
        + ' '.join([*directories, *(path for path in old if not path.startswith(OF_LANDFALL))]),
        'WorkingDirectory=' + place.moved(unit.directory).replace('%', '%%'),
        *(
            f'Environment={quote_for_environment(f"{variable}={value}")}'
            for variable, value in variables(unit, place, f'/run/{runtime}').items()
        ),
        *(f'EnvironmentFile={path}' for path in env_files),
        exec_start(argv),
    ]
    if socket:
        in_unit.append(f'Requires={socket}')
        in_service.append(f'Sockets={socket}')
    return assembled(unit, in_unit, in_service)


def variables(unit: LandfallUnit, place: PlainPlace, runtime: str) -> dict[str, str]:
    values = dict(unit.env)
    for name in ('PATH', 'PYTHONPATH'):
        if name in values:
            values[name] = place.moved(values[name])
    if 'XDG_RUNTIME_DIR' in values:
        values['XDG_RUNTIME_DIR'] = runtime
    if VARIABLE in values:
        values[VARIABLE] = f'{runtime}/{FOLDER}'
    return values


def exec_start(argv: list[str]) -> str:
    """systemd looks for a program without a path in its own folders; env(1) looks in PATH."""
    words = argv if argv[0].startswith('/') else ['/usr/bin/env', *argv]
    lines: list[list[str]] = [[]]
    for word in words:
        if word.startswith('--'):
            lines.append([])
        lines[-1].append(quote_for_command(word))
    return 'ExecStart=' + ' \\\n    '.join(' '.join(line) for line in lines if line)


def assembled(unit: LandfallUnit, in_unit: list[str], in_service: list[str]) -> str:
    """The new lines of each section, then those of the old unit that nothing replaces."""
    sections: dict[str, list[str]] = {'[Unit]': in_unit, '[Service]': in_service}
    section = ''
    for line in unit.lines:
        if line.startswith('['):
            section = line
            sections.setdefault(section, [])
        elif section and not REPLACED.fullmatch(line.partition('=')[0]):
            sections[section].append(line)
    if unit_starts_at_boot(unit):
        sections['[Install]'] = ['WantedBy=multi-user.target']
    lines = [HEADING]
    for section, content in sections.items():
        lines += [*([''] if section != '[Unit]' else []), section, *content]
    return '\n'.join(lines) + '\n'


def unit_starts_at_boot(unit: LandfallUnit) -> bool:
    return 'oneshot' not in unit.values_of('Type')


def timer_text(text: str, description: str, service: str) -> str:
    """From the timer of Landfall: the same schedule."""
    kept = [line for line in text.split('\n') if re.match('OnCalendar=|Persistent=', line)]
    return '\n'.join(
        [
            HEADING,
            '[Unit]',
            f'Description={description}',
            '',
            '[Timer]',
            *kept,
            f'Unit={service}',
            '',
            '[Install]',
            'WantedBy=timers.target',
            '',
        ]
    )


def socket_text(text: str, description: str) -> str:
    """From the socket unit of Landfall: it listens where it did."""
    lines = [line for line in text.split('\n') if not line.startswith('#')]
    lines = [f'Description={description}' if line.startswith('Description=') else line for line in lines]
    return '\n'.join([HEADING, *lines])


def environment_text(values: dict[str, str]) -> str:
    """systemd's EnvironmentFile=: in double quotes a backslash keeps the letter behind it."""
    lines = [
        '# Written by landfall eject: the variables that landfall env kept. One NAME="value" a line.',
        *(f'{name}="{escaped(value)}"' for name, value in sorted(values.items())),
    ]
    return '\n'.join(lines) + '\n'


def escaped(value: str) -> str:
    return re.sub(r'[\\"`$]', r'\\\g<0>', value)


def unreadable(values: dict[str, str]) -> list[str]:
    """Names of variables with values that systemd refuses: control characters besides tab and line feed."""
    return sorted(name for name, value in values.items() if re.search(r'[\x00-\x08\x0b-\x1f\x7f]', value))
