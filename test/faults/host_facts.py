"""The state of a host, from systemd, the kernel and the disk alone: printed as one JSON object.

Knows nothing of workflows, steps or steps' results. Run as root on the host: `python3 - shop /srv/shop shop`.
"""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

service, base, user = sys.argv[1:4]
var = '/var/lib/landfall/' + service
OURS = re.compile(re.escape(service) + r'(@.*)?\.(service|socket)$')


def said(*argv: str) -> str:
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def names(directory: str) -> list[str]:
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def content(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ''


def units() -> list[list[str]]:
    """[name, ActiveState] of every unit of the service and of every job that systemd knows of."""
    lines = said('systemctl', 'list-units', '--all', '--plain', '--no-legend', '--full').splitlines()
    rows = [line.split()[:3] for line in lines]
    return [[row[0], row[2]] for row in rows if OURS.match(row[0]) or row[0].startswith('landfall-job-')]


def processes() -> Iterator[tuple[int, str, str | None]]:
    """(pid, cgroup, release it was started from) of what runs as the service's user."""
    for pid in said('pgrep', '-u', user).split():
        group = content(f'/proc/{pid}/cgroup').strip().split('\n')[-1]
        release = re.search(r'LANDFALL_RELEASE=([^\0]+)', content(f'/proc/{pid}/environ'))
        yield int(pid), group, release.group(1) if release else None


running = list(processes())
serving = {(group, release) for _, group, release in running if OURS.search(group.split('/')[-1])}
jobs = {
    name: {
        'starts': content(f'{var}/jobs/{name}/starts').count('\n'),
        'result': content(f'{var}/jobs/{name}/result.json') != '',
    }
    for name in names(var + '/jobs')
}
venvs = {os.path.basename(os.path.realpath(link)) for link in glob.glob(base + '/releases/*/.venv')}
state = json.loads(content(var + '/state.json') or '{}')
json.dump(
    {
        'serving': sorted([group.split('/')[-1], release] for group, release in serving),
        'strays': sorted(
            content(f'/proc/{pid}/cmdline').replace('\0', ' ')
            for pid, group, _ in running
            if not OURS.search(group.split('/')[-1])
        ),
        'helpers': len(said('pgrep', '-f', '^[^ ]*python3? .*/landfall-host').split()),
        'units': units(),
        'failed': [name for name, active in units() if active == 'failed'],
        'releases': names(base + '/releases'),
        'records': [name[:-5] for name in names(var + '/releases') if name.endswith('.json')],
        'instanceUnits': sorted(
            re.findall(r'@(.+)\.service', name)[0]
            for name in names('/etc/systemd/system')
            if re.fullmatch(re.escape(service) + r'@.+\.service', name)
        ),
        'socketUnits': [
            name for name in names('/etc/systemd/system') if OURS.match(name) and name.endswith('.socket')
        ],
        'overrides': [
            name
            for name in names('/run/systemd/system.control')
            + names('/run/systemd/system')
            + names('/run/systemd/transient')
            if OURS.match(name) or name.startswith('landfall-job-')
        ],
        'trials': names('/run/landfall/trials'),
        'venvs': names(base + '/venvs'),
        'venvsUsed': sorted(venvs),
        'scraps': [
            path
            for path in glob.glob(var + '/**', recursive=True) + glob.glob(base + '/*')
            if re.search(r'\.(new|tmp|partial)$|/\.partial', path)
        ],
        'jobs': jobs,
        'claim': (state.get('claim') or {}).get('state'),
        'fence': state.get('fence', 0),
        'lastGood': os.path.basename(os.path.realpath(base + '/last-good'))
        if os.path.lexists(base + '/last-good')
        else None,
        'current': os.path.basename(os.path.realpath(base + '/current'))
        if os.path.lexists(base + '/current')
        else None,
        'migrations': content(base + '/shared/migrations').split(),
    },
    sys.stdout,
)
