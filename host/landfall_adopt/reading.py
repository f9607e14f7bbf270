"""All that `landfall adopt` reads of a host, as one JSON object."""

from __future__ import annotations

import json
import os
import sys

from landfall_adopt.checkout import tree_of
from landfall_adopt.command import commands_of, masked
from landfall_adopt.neighbours import crontab_lines, neighbours_of, scripts_of
from landfall_adopt.routes import routes_at
from landfall_adopt.settings import settings_of
from landfall_host.clean_process import enter_clean_environment
from landfall_host.hand_made import addresses_of, read_plain
from landfall_host.machine import memory_available
from landfall_host.processes import Look, memory_of, processes_of
from landfall_host.proxies import configurations, passes_to
from landfall_host.run import run
from landfall_host.systemd import number, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from landfall_host.shapes import Properties

PROPERTIES = (
    'Id',
    'LoadState',
    'ActiveState',
    'UnitFileState',
    'FragmentPath',
    'DropInPaths',
    'User',
    'Group',
    'WorkingDirectory',
    'MainPID',
    'ControlGroup',
    'TriggeredBy',
    'Type',
)
MOST = 50


def main(ask: dict[str, Any]) -> None:
    enter_clean_environment()
    sys.stdout.write(json.dumps(reading(ask['unit'])) + '\n')


def reading(name: str) -> dict[str, Any]:
    unit = show(name, *PROPERTIES)
    files = [path for path in [unit.get('FragmentPath'), *unit.get('DropInPaths', '').split()] if path]
    texts = [read_plain(path) for path in files]
    commands = commands_of(texts)
    directory = unit.get('WorkingDirectory', '').lstrip('!-~') or '/'
    listens = addresses_of(unit)
    program = next((word for words in commands for word in words if word.startswith('/')), '')
    found = tree_of(directory if directory != '/' else os.path.dirname(program), program, conf_in(commands))
    tree = found['checkout']['root'] if found['checkout'] else directory
    return {
        'root': os.getuid() == 0,
        'login': login_name(),
        'unit': {
            'name': unit.get('Id', name),
            'load': unit.get('LoadState', 'unknown'),
            'active': unit.get('ActiveState', 'unknown'),
            'enabled': unit.get('UnitFileState', ''),
            'files': files,
            'type': unit.get('Type', ''),
            'user': unit.get('User') or 'root',
            'directory': directory,
            'mainPid': number(unit.get('MainPID')) or 0,
            'sockets': [each for each in unit.get('TriggeredBy', '').split() if each.endswith('.socket')],
            'commands': [masked(words) for words in commands[:MOST]],
            'listens': listens,
            'memory': memory_of(unit) if number(unit.get('MainPID')) else None,
            'sharedMemory': shared_memory(unit),
            **settings_of(name, texts),
        },
        **found,
        'routes': routes_at(listens),
        'proxies': [
            path for path, text in configurations() if any(passes_to(text, each) for each in listens)
        ][:MOST],
        'neighbours': neighbours_of(name, tree)[:MOST],
        'crontabs': crontab_lines(tree)[:MOST],
        'scripts': scripts_of(name, tree)[:MOST],
        'machine': machine(tree),
    }


def conf_in(commands: list[list[str]]) -> str | None:
    """The file that `-c` or `--config` of Gunicorn names."""
    for words in commands:
        for at, word in enumerate(words):
            if word in ('-c', '--config') and at + 1 < len(words) and 'gunicorn' in ' '.join(words[:at]):
                return words[at + 1].replace('file:', '')
            if word.startswith('--config='):
                return word[len('--config=') :].replace('file:', '')
    return None


def login_name() -> str:
    """The user that logged in, also below sudo."""
    import pwd

    uid = int(os.environ.get('SUDO_UID', os.getuid()))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def shared_memory(unit: Properties) -> int:
    """Bytes that processes of the unit share of what they have written: those of an app imported once for all."""
    import re

    kilobytes = 0
    look = Look(200)
    for pid in processes_of(unit, look):
        try:
            with open(f'/proc/{pid}/smaps_rollup') as file:
                rollup = file.read()
        except OSError:
            continue
        sizes = dict(re.findall(r'^(Anonymous|Pss_Anon):\s+(\d{1,15}) kB', rollup, re.M))
        kilobytes += max(0, int(sizes.get('Anonymous', 0)) - int(sizes.get('Pss_Anon', 0)))
    return kilobytes * 1024


def machine(tree: str) -> dict[str, Any]:
    space = os.statvfs(tree if os.path.isdir(tree) else '/')
    systemd = run(['systemctl', '--version'])[1].split()
    return {
        'hostname': os.uname().nodename,
        'memoryAvailable': memory_available(),
        'diskFree': space.f_bavail * space.f_frsize,
        'processors': os.cpu_count() or 1,
        'systemd': systemd[1] if len(systemd) > 1 else '',
        'python': '.'.join(map(str, sys.version_info[:3])),
    }
