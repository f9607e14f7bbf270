"""The service's unit at this moment: systemd's words, its processes, and who listens on its address."""
import os
import re
import sys
import time

from landfall_host.fields import RELEASE
from landfall_host.files import read_of_kernel, read_text
from landfall_host.instances import ALIVE, in_force, release_of_instance
from landfall_host.systemd import foreign, lines_of, number, show_all
from landfall_host.unit_texts import is_handle, release_in


def verb_observe(host, ask, stdin):
    """With `waitMilliseconds`, answers as soon as the main process that runs now has ended, else after that time."""
    release, wait = ask.get('release'), ask.get('waitMilliseconds')
    state = unit_state(host, ask['address'], release)
    if wait and state['mainPid']:
        limit = time.monotonic() + wait / 1000
        while os.path.exists('/proc/%d' % state['mainPid']) and time.monotonic() < limit:
            time.sleep(0.1)
        state = unit_state(host, ask['address'], release)
    return state


def unit_state(host, address=None, release=None):
    """What serves; with `release`, the unit that this release is to serve in."""
    units = show_units(host, release)
    name = unit_for(host, units, release)
    others = [unit for other, unit in units.items() if other != name]
    return describe_unit(host, units.get(name, {'Id': name}), address, others)


def unit_for(host, units, release=None):
    """The name of the unit that serves: the service's own with its process, or the instance that it wants."""
    own, handle = units.get(host.unit), in_force(host)
    instance = host.instance(release) if release else None
    if instance and (units.get(instance, {}).get('ActiveState', 'inactive') != 'inactive' or is_handle(handle) and release_in(handle) == release):
        return instance
    if own and number(own.get('MainPID')):
        return host.unit
    alive = [name for name, unit in units.items() if release_of_instance(host, name) and unit.get('ActiveState') in ALIVE]
    wanted = host.instance(release_in(handle)) if is_handle(handle) and release_in(handle) else None
    if wanted in units and (wanted in alive or not alive):
        return wanted
    return max(alive, key=lambda name: int(release_of_instance(host, name).split('-')[0])) if alive else host.unit


PROPERTIES = ('Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'MainPID', 'InvocationID', 'NRestarts',
              'MemoryCurrent', 'ControlGroup', 'NeedDaemonReload')
# Where systemd does not count the memory it says 2^64-1.
MOST_MEMORY = 1 << 60
# Characters of what a service says of itself.
MOST_STATUS = 200
UNKNOWN = 'unknown'


def show_units(host, release=None):
    """Name to properties: the service's own unit, its instances that systemd knows, and that of this release and of the handle."""
    named = {release, release_in(in_force(host))} - {None}
    units = show_all([host.unit, host.stem + '@*.service', *(host.instance(id) for id in sorted(named))], PROPERTIES)
    return {unit['Id']: unit for unit in units if 'Id' in unit}


def release_read(shown):
    """The release that a unit starts by what systemd has read; `shown`: its properties, Environment among them."""
    found = re.search(r'(?:^| )"?LANDFALL_RELEASE=(%s)"?(?: |$)' % RELEASE, shown.get('Environment', ''))
    return found.group(1) if found else None


def describe_unit(host, unit, address, others=()):
    pid = number(unit.get('MainPID'))
    return {
        'unit': unit['Id'], 'load': unit.get('LoadState', UNKNOWN), 'active': unit.get('ActiveState', UNKNOWN),
        'sub': unit.get('SubState', UNKNOWN), 'result': unit.get('Result', UNKNOWN),
        'exitStatus': number(unit.get('ExecMainStatus')), 'mainPid': pid,
        'invocation': unit.get('InvocationID', ''), 'restarts': number(unit.get('NRestarts')),
        'release': release_of_process(host, pid) if pid else None, 'workers': children_of(pid) if pid else [],
        'memoryBytes': number(unit.get('MemoryCurrent'), MOST_MEMORY),
        'status': status_of(host, unit),
        'listener': listener_of(address, unit, others) if address else None,
    }


def status_of(host, unit):
    """What it says of itself may hold what its app answered, and so a secret."""
    status = foreign(unit['Id'], 'StatusText')
    if not status:
        return ''
    from landfall_host.redaction import Redactor
    return Redactor(host)(status)[:MOST_STATUS]


def release_of_process(host, pid):
    """From its environment; else from its directory, because a process may overwrite the former (setproctitle)."""
    try:
        with open('/proc/%d/environ' % pid, 'rb') as file:
            for entry in file.read().split(b'\0'):
                if entry.startswith(b'LANDFALL_RELEASE='):
                    release = entry.split(b'=', 1)[1].decode(errors='replace')
                    return release if re.fullmatch(RELEASE, release) else None
        inside = os.readlink('/proc/%d/cwd' % pid)
        release = inside[len(host.releases) + 1:].split('/')[0] if inside.startswith(host.releases + '/') else ''
        return release if re.fullmatch(RELEASE, release) else None
    except OSError:
        return None


def pids_in(path):
    return [pid for pid in map(number, (read_of_kernel(path) or '').split()) if pid]


def children_of(pid):
    return pids_in('/proc/%d/task/%d/children' % (pid, pid))


def listener_of(address, unit, others=()):
    """Who accepts connections there: the unit, it and others of this service (`shared`), somebody else, or nobody."""
    listening = listening_on(address)
    if not listening:
        return 'nobody'
    if listening <= sockets_of(unit):
        return 'shared' if any(listening & sockets_of(other) for other in others) else 'unit'
    # systemd holds the socket for the service, also while none of it runs.
    return 'nobody' if listening <= sockets_held_by([1]) else 'other'


def listening_on(address):
    return unix_listeners(address['socket']) if 'socket' in address else tcp_listeners(address['host'], address['port'])


def sockets_of(unit):
    return sockets_held_by(unit_processes(unit.get('ControlGroup', ''), number(unit.get('MainPID'))))


def sockets_held_by(processes):
    held = set()
    for pid in processes:
        try:
            open_now = os.listdir('/proc/%d/fd' % pid)
        except OSError:
            continue  # it ended meanwhile
        for fd in open_now:
            try:
                target = os.readlink('/proc/%d/fd/%s' % (pid, fd))
            except OSError:
                continue  # it was closed meanwhile, as connections are all the time
            if target.startswith('socket:['):
                held.add(target[8:-1])
    return held


def holder_of(address):
    """`nginx (process 12)`: which program listens there; None when no process is found."""
    listening = listening_on(address)
    for name in os.listdir('/proc'):
        if name.isdigit() and listening & sockets_held_by([int(name)]):
            return '%s (process %s)' % ((read_of_kernel('/proc/%s/comm' % name) or '').strip(), name)
    return None


def unit_processes(control_group, main_pid):
    found = []
    if control_group:
        for root in ('/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd'):
            for directory, _, files in os.walk(root + control_group):
                if 'cgroup.procs' in files:
                    found += pids_in(directory + '/cgroup.procs')
            if found:
                return found
    found = [main_pid] if main_pid else []
    for pid in found:
        found += children_of(pid)
    return found


def unix_listeners(path):
    with open('/proc/net/unix', errors='replace') as file:
        rows = [line.split(None, 7) for line in file.readlines()[1:]]
    # Flags 00010000: it accepts connections.
    return {row[6] for row in rows if len(row) == 8 and row[3] == '00010000' and row[7].rstrip('\n') == path}


def tcp_listeners(name, port):
    if re.fullmatch(r'(\d{1,3}\.){3}\d{1,3}', name):
        addresses = [bytes(min(255, int(part)) for part in name.split('.'))]
    else:  # a name; importing this is slow
        import socket
        addresses = [socket.inet_pton(found[0], found[4][0]) for found in socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM)]
    wanted = {'0' * 8, '0' * 32}
    for packed in addresses:
        if not any(packed):
            wanted = None  # asked about every address of this port
            break
        # A program that listens on ::ffff:127.0.0.1 is on 127.0.0.1 as well.
        for form in (packed, b'\0' * 10 + b'\xff\xff' + packed) if len(packed) == 4 else (packed,):
            words = [form[i:i + 4] for i in range(0, len(form), 4)]
            wanted.add(''.join('%08X' % int.from_bytes(word, sys.byteorder) for word in words))
    inodes = set()
    for table in ('/proc/net/tcp', '/proc/net/tcp6'):
        for line in lines_of(read_text(table) or '')[1:]:
            row = line.split()
            where, listens_on = row[1].split(':')
            if row[3] == '0A' and int(listens_on, 16) == port and (wanted is None or where in wanted):
                inodes.add(row[9])
    return inodes
