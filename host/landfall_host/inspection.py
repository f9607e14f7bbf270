"""What this host is: the facts that a deploy decides on."""
import os
import re

from landfall_host.environments import ask_python, find_uv
from landfall_host.files import read_text
from landfall_host.helper_file import running_digest
from landfall_host.jobs import boot_id
from landfall_host.protocol import VERSION
from landfall_host.releases import public_record, records, release_in
from landfall_host.repair import leftovers
from landfall_host.run import account, as_user, must_run
from landfall_host.unit import unit_state
from landfall_host.unit_files import is_enabled


def verb_inspect(host, ask, stdin):
    state = host.load()
    live = unit_state(host, ask['address'])
    python = as_user(host.deployer, ask_python, ask['python'])
    version = re.search(r'\d+', must_run(['systemctl', '--version']))
    available = re.search(r'MemAvailable:\s+(\d+)', read_text('/proc/meminfo') or '')
    boots, space = read_text(host.boots), os.statvfs(host.base)
    return {
        'helper': {'version': VERSION, 'sha256': running_digest()}, 'hostname': os.uname().nodename, 'bootId': boot_id(),
        'systemd': int(version.group()), 'python': python and {key: python[key] for key in ('path', 'version', 'id')},
        'uv': as_user(host.deployer, find_uv, account(host.deployer).pw_dir),
        'diskFreeBytes': space.f_bavail * space.f_frsize,
        'memoryAvailableBytes': int(available.group(1)) * 1024 if available else 0,
        'policy': host.policy, 'claim': state['claim'], 'live': live,
        'boot': {'release': release_in(boots), 'enabled': is_enabled(host),
                 'foreign': boots is not None and release_in(boots) is None},
        'lastGood': state['lastGood'], 'releases': [public_record(entry) for entry in records(host)],
        'leftovers': [said for said, _ in leftovers(host, live)],
    }
