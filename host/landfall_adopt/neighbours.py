"""Everything else that runs from the tree of a service: other units, timers, lines of a crontab."""

from __future__ import annotations

import glob
import os
import re

from landfall_adopt.command import commands_of, directives, masked
from landfall_host.hand_made import read_plain
from landfall_host.systemd import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACES = ('/etc/systemd/system', '/run/systemd/system', '/usr/local/lib/systemd/system')
CRONTABS = ('/etc/crontab', '/etc/cron.d/*', '/var/spool/cron/crontabs/*', '/var/spool/cron/*')
MOST, MOST_SCRIPTS = 30, 200


def neighbours_of(own: str, tree: str) -> list[dict[str, Any]]:
    """The other service units whose files name the tree, each with the timer that starts it."""
    found: dict[str, dict[str, Any]] = {}
    for path in [path for place in PLACES for path in sorted(glob.glob(place + '/*.service'))]:
        name, text = os.path.basename(path), read_plain(path)
        if name == own or name in found or not names_tree(text, tree) or len(found) >= MOST:
            continue
        unit = show(name, 'ActiveState', 'User', 'TriggeredBy', 'Type')
        timer = timer_of(name, unit.get('TriggeredBy', ''))
        found[name] = {
            'name': name,
            'active': unit.get('ActiveState', 'unknown'),
            'user': unit.get('User') or 'root',
            'commands': [masked(words) for words in commands_of([text])][:5],
            'schedule': schedule_in(timer) if timer else None,
            'timer': os.path.basename(timer) if timer else None,
        }
    return list(found.values())


def timer_of(service: str, triggered_by: str) -> str | None:
    """The file of its timer. systemd names only a timer that it has loaded."""
    own = service.replace('.service', '.timer')
    names = [each for each in triggered_by.split() if each.endswith('.timer')] or [own]
    paths = (os.path.join(place, name) for name in names for place in PLACES)
    return next((path for path in paths if os.path.isfile(path)), None)


def schedule_in(path: str) -> str | None:
    return next((value for name, value in directives([read_plain(path)]) if name == 'OnCalendar'), None)


def crontab_lines(tree: str) -> list[dict[str, Any]]:
    """Where they are; the lines themselves may hold secrets."""
    found = []
    for path in [path for place in CRONTABS for path in sorted(glob.glob(place))]:
        if os.path.isdir(path):
            continue
        for at, line in enumerate(read_plain(path).split('\n'), 1):
            if not line.lstrip().startswith('#') and names_tree(line, tree):
                found.append({'file': path, 'line': at})
    return found


def scripts_of(unit: str, tree: str) -> list[str]:
    """Scripts that name the unit and call systemctl: they would change it behind the back of a deploy."""
    places = (
        '/usr/local/bin/*',
        '/usr/local/sbin/*',
        tree + '/*.sh',
        tree + '/scripts/*',
        tree + '/bin/*',
        tree + '/deploy/*',
    )
    stem = unit.replace('.service', '')
    found = []
    for path in [path for place in places for path in sorted(glob.glob(place))][:MOST_SCRIPTS]:
        text = read_plain(path) if os.path.isfile(path) else ''
        if 'systemctl' in text and re.search(rf'(?<![\w-]){re.escape(stem)}(?![\w-])', text):
            found.append(path)
    return found


def names_tree(text: str, tree: str) -> bool:
    return re.search(re.escape(tree.rstrip('/')) + r'(?![\w.-])', text) is not None if tree != '/' else False
