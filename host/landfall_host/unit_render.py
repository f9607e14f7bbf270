"""The text of a release's unit, from values that are checked (`contract`). Pure: a test shows what systemd reads.

No value of the request stands where it could lead root's own parts of a unit (a drop-in with `ExecStartPre=+…`).
So there is neither `Environment=` nor `WorkingDirectory=`: the values are words behind env(1), which the service's
user runs. Only the release's name is in the environment. It says from which release a unit was started.
"""

from __future__ import annotations

import json

from landfall_host.addresses import bind_argument
from landfall_host.contract import LIMITS
from landfall_host.home import home_variables
from landfall_host.instances import trial_path
from landfall_host.metrics_folder import metrics_variable, with_metrics_folder
from landfall_host.places import HELPER
from landfall_host.root_places import socket_directory
from landfall_host.unit_quoting import quote_for_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from landfall_host.contract_types import ProcessValues
    from landfall_host.shapes import UnitValues
    from landfall_host.state import Host

# Seconds that systemd gives beyond the process's own limits, which have the better words.
BEYOND_START, BEYOND_STOP = LIMITS['startMarginSeconds'], LIMITS['stopMarginSeconds']
# At the beginning of a word of the command: the folder of the gate.
GATE = '{gate}'


def alone_text(
    host: Host, group: str, ask: UnitValues, given: Iterable[str], gate: str, env_file: str | None = None
) -> str:
    """For a release that runs alone and listens by itself.

    `given`: names that the host's own files set. `gate`: the folder of the gate. `env_file`: the managed environment.
    """
    directory, address = socket_directory(host), ask['address']
    own_socket = 'socket' in address and address['socket'].startswith(directory + '/')
    return text(
        heading('systemctl edit ' + host.unit)
        + unit_section(host, ask)
        + [
            '',
            '[Service]',
            # Gunicorn itself tells systemd that it runs; whether it can serve is asked separately.
            'Type=notify',
            'NotifyAccess=main',
            *user_and_environment(host, group, ask),
            # Gunicorn makes its socket as the service's user, who can make nothing in /run itself.
            *runtime_directories(host, ask, given, [directory] if own_socket else []),
            *exec_start(
                host, ask, environment(host, ask, for_gate(ask['process'], alone=True), given), gate, env_file
            ),
            *life_and_death(ask['process']),
            '',
            '[Install]',
            'WantedBy=multi-user.target',
        ]
    )


def alongside_text(
    host: Host, group: str, ask: UnitValues, given: Iterable[str], gate: str, env_file: str | None = None
) -> str:
    """For a release alongside others, on the socket that all of them share. `gate`: the folder of the gate.

    Nothing enables this unit: the alias unit wants the live one.
    """
    process = ask['process']
    return text(
        heading(f'systemctl edit --force {host.stem}@.service')
        + unit_section(host, ask)
        + [
            # `systemctl restart` and `stop` of the service reach the release that runs.
            'PartOf=' + host.unit,
            # Running into a start limit would close the socket that the live release listens on.
            'StartLimitIntervalSec=0',
            '',
            '[Service]',
            # READY comes from the workers, when they have proven themselves.
            'Type=notify',
            'NotifyAccess=all',
            'Sockets=' + host.socket,
            # The flag is the socket's own: without this each start would make the live workers' accept block.
            'NonBlocking=yes',
            *user_and_environment(host, group, ask),
            # There while the release has not proven itself: the gate then refuses rather than serves badly.
            'EnvironmentFile=-' + trial_path(host, ask['release']),
            *runtime_directories(host, ask, given, []),
            *exec_start(host, ask, environment(host, ask, for_gate(process), given), gate, env_file),
            *life_and_death(process),
        ]
    )


def for_gate(process: ProcessValues, **more: bool) -> dict[str, str]:
    """`alone`: the gate only reads the configuration, and the service is asked from outside."""
    server = process['server']
    values = dict(process['readiness'], **server['gate'], stopMilliseconds=server['stopMilliseconds'], **more)
    return {'LANDFALL_GATE': json.dumps(values, separators=(',', ':'))}


def text(lines: list[str]) -> str:
    return '\n'.join(lines) + '\n'


def heading(edit: str) -> list[str]:
    return [
        '# Written by Landfall for this release; changes made here are lost with the next deploy.',
        f'# Your own settings belong in a drop-in: {edit}',
    ]


def unit_section(host: Host, ask: UnitValues) -> list[str]:
    return [
        '[Unit]',
        f'Description={host.service}, release {ask["release"]}',
        'After=network-online.target',
        'Wants=network-online.target',
    ]


def user_and_environment(host: Host, group: str, ask: UnitValues) -> list[str]:
    return [
        'User=' + host.user,
        'Group=' + group,
        # In the journal; it would be `env`, which systemd starts.
        'SyslogIdentifier=' + host.service,
        'Environment=LANDFALL_RELEASE=' + ask['release'],
        *('EnvironmentFile=' + path for path in host.policy['envFiles']),
    ]


def runtime_directory(host: Host, release: str) -> str:
    """Of the service's user, empty at each start; below directories that are root's."""
    return f'/run/landfall/services/{host.service}/{release}'


def runtime_directories(host: Host, ask: UnitValues, given: Iterable[str], more: list[str]) -> list[str]:
    own = with_metrics_folder({*ask['process']['env'], *given}, runtime_directory(host, ask['release']))
    paths = [*own, *more]
    return [
        'RuntimeDirectory=' + ' '.join(path[len('/run/') :] for path in paths),
        'RuntimeDirectoryMode=0755',
    ]


def environment(host: Host, ask: UnitValues, more: dict[str, str], given: Iterable[str]) -> list[str]:
    """Without what root's files set: they have the last word, as they would have over `Environment=`."""
    values = {
        # Gunicorn 25.1 and later puts its control socket there; below HOME two starts would share it.
        'XDG_RUNTIME_DIR': runtime_directory(host, ask['release']),
        # The journal then also has the app's last lines before it dies.
        'PYTHONUNBUFFERED': '1',
        **home_variables(host),
        # A server sees no client's address there, and only local programs connect: they are the proxy.
        **({'FORWARDED_ALLOW_IPS': '*'} if 'socket' in ask['address'] else {}),
    }
    values.update(ask['process']['env'])
    own = more.get('XDG_RUNTIME_DIR', runtime_directory(host, ask['release']))
    values.update(
        PATH=host.release(ask['release']) + '/.venv/bin:/usr/local/bin:/usr/bin:/bin',
        LANDFALL_COMMIT=ask['commit'],
        LANDFALL_CURRENT=host.base + '/current',
        **{'LANDFALL_PHASE': 'serve', **more},
    )
    if ask['process']['server']['name'] != 'gunicorn':
        # These serve the gate's own app, which looks here for the app of the release.
        values['LANDFALL_APP'] = ask['process']['app']
    values = {name: value for name, value in values.items() if name not in given}
    values.update(metrics_variable({*ask['process']['env'], *given}, own))
    return [f'{name}={value}' for name, value in values.items()]


def command_of(ask: UnitValues, gate: str) -> list[list[str]]:
    """The words after the interpreter, an option with its values a line."""
    address = ask['address']
    of_address = {'{bind}': bind_argument(address)}
    if 'socket' in address:
        of_address['{socket}'] = address['socket']
    else:
        of_address.update({'{host}': address['host'], '{port}': str(address['port'])})
    lines: list[list[str]] = [[]]
    command = ask['process']['server']['command']
    for word in command[:-1]:
        if word.startswith('--'):
            lines.append([])
        word = of_address.get(word, word)
        lines[-1].append(gate + word[len(GATE) :] if word.startswith(GATE + '/') else word)
    return [*lines, command[-1:]]


def exec_start(
    host: Host, ask: UnitValues, settings: list[str], gate: str, env_file: str | None
) -> list[str]:
    """One setting a line, for a diff that shows the changed setting."""
    release = host.release(ask['release'])
    first, *more = command_of(ask, gate)
    words = [
        ['/usr/bin/env', '--chdir=' + (ask.get('directory') or host.workdir(ask['release'])), '--'],
        *([each] for each in settings),
        [release + '/.venv/bin/python', *first],
        *more,
    ]
    return [*from_file(env_file), command_line([*becoming(env_file), *words])]


def command_line(lines: list[list[str]]) -> str:
    return 'ExecStart=' + ' \\\n    '.join(' '.join(map(quote_for_command, line)) for line in lines)


def from_file(env_file: str | None) -> list[str]:
    """systemd opens the file as root. A process of the service's user then reads the variables."""
    return [] if env_file is None else ['StandardInput=file:' + env_file]


def becoming(env_file: str | None) -> list[list[str]]:
    """The program that reads them, and becomes the command behind it."""
    return [] if env_file is None else [[HELPER, '--with-environment']]


def life_and_death(process: ProcessValues) -> list[str]:
    start = -(-process['readiness']['timeoutMilliseconds'] // 1000) + BEYOND_START
    return [
        'KillMode=mixed',
        # Gunicorn cuts what is still running after its graceful timeout; systemd only steps in after that.
        f'TimeoutStopSec={-(-process["server"]["stopMilliseconds"] // 1000) + BEYOND_STOP}',
        f'TimeoutStartSec={start}',
        'Restart=always',
        'RestartSec=1',
        'NoNewPrivileges=yes',
        'PrivateTmp=yes',
    ]
