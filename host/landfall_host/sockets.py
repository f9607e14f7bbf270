"""The socket unit: systemd listens for the service, so that no connection is refused while releases change."""
import os
import re
import stat

from landfall_host.fields import RELEASE
from landfall_host.files import read_text, remove_file
from landfall_host.instances import socket_in_force
from landfall_host.protocol import Refused
from landfall_host.run import must_run, run
from landfall_host.systemd import lines_of, logged_about, show
from landfall_host.unit import holder_of
from landfall_host.unit_files import daemon_reload, put_unit
from landfall_host.unit_texts import is_handle, listen_stream, socket_text, written_by_landfall


def check_socket(host, address):
    """The socket is made by root, so it must not be in anybody's place."""
    if 'socket' in address:
        # Right there and nowhere below: each release owns a directory of its own there.
        name = re.fullmatch('/run/%s/([A-Za-z0-9][A-Za-z0-9._-]*)' % re.escape(host.service), address['socket'])
        if not name or re.fullmatch(RELEASE, name.group(1)):
            raise Refused('InvalidInput', 'A unix socket that systemd listens on must be directly in /run/%s/, not %s.'
                          % (host.service, address['socket']))
        return
    import ipaddress
    try:
        canonical = str(ipaddress.ip_address(address['host']))
    except ValueError:
        canonical = None
    if canonical != address['host'] or '%' in canonical:
        raise Refused('InvalidInput', 'systemd listens on IP addresses in their shortest form only, not on %s.' % address['host'][:60])
    if address['port'] < 1024:
        raise Refused('InvalidInput', 'Port %d belongs to the system; take one from 1024 on.' % address['port'])


def check_directory(host, address):
    """systemd makes the socket as root, and gives it to the service: in nobody's directory but root's."""
    directory = '/run/' + host.service
    try:
        status = os.lstat(directory)
    except FileNotFoundError:
        return
    if 'socket' in address and (not stat.S_ISDIR(status.st_mode) or status.st_uid != 0 or status.st_mode & 0o022):
        raise Refused('CommandFailed', '%s is not a directory that only root can change, so systemd must not listen in it. '
                      'Stop what made it, and remove it.' % directory)


def socket_state(host):
    """{active, listens}: whether systemd listens for this service now, and where."""
    lines = lines_of(must_run(['systemctl', 'show', host.socket, '-p', 'ActiveState,Listen']))
    listens = [re.sub(r' \(\w+\)$', '', line[len('Listen='):]) for line in lines if line.startswith('Listen=')]
    return {'active': 'ActiveState=active' in lines, 'listens': ' '.join(listens)}


def open_socket(host, address):
    """Makes systemd listen there; at boot it listens where it did, until `mark-good`.

    Says what it did about a text that somebody had edited, or None.
    """
    check_socket(host, address)
    check_directory(host, address)
    before, wanted = socket_in_force(host), socket_text(host, address)
    changed = put_unit(host.socket_unproven, None if read_text(host.socket_boots) == wanted else wanted)
    state = socket_state(host)
    # systemd does not look by itself at what is new in that directory; an earlier attempt may have been torn off there.
    unread = listen_stream(address) not in state['listens'].split(' ')
    if changed or unread or show(host.socket, 'NeedDaemonReload').get('NeedDaemonReload') == 'yes':
        daemon_reload()
        state = socket_state(host)
    if not state['active']:
        run(['systemctl', 'reset-failed', host.socket])
        status = run(['systemctl', 'start', host.socket])[0]
        if status:
            holder = holder_of(address)
            why = 'it is taken by %s' % holder if holder else said_last(host.socket)
            raise Refused('CommandFailed', 'systemd cannot listen on %s: %s.' % (listen_stream(address), why))
    return '%s was not as Landfall wrote it, and is again' % host.socket if changed and edited(host, before) else None


def said_last(unit):
    """Why systemd did not start it, in its own words."""
    said = [line for line in logged_about(unit)[-3:] if not re.search('Failed to listen|result|Closed|Stopp', line)]
    return said[0].rstrip('.') if said else 'it does not say why'


def edited(host, before):
    """Whether a socket's text was changed by hand: an own one differs in its address alone."""
    if before is None:
        return False
    listen = re.search(r'^ListenStream=(.+)$', before, re.M)
    if not listen:
        return True
    text = listen.group(1)
    match = re.fullmatch(r'\[?([^\]]+?)\]?:(\d+)', text)
    address = {'socket': text} if text.startswith('/') else match and {'host': match.group(1), 'port': int(match.group(2))}
    return not address or before != socket_text(host, address)


def close_socket(host):
    """Nobody listens any more. What the release that boots needs stays on disk, and what is not ours; nothing else is left."""
    run(['systemctl', 'stop', host.socket])
    run(['systemctl', 'reset-failed', host.socket])
    remove_file(host.socket_unproven)
    if not is_handle(read_text(host.boots)):
        forget_boot_socket(host)


def boot_socket(host):
    """What boots listens where systemd listens now. Whether that changed a file."""
    unproven = read_text(host.socket_unproven)
    if unproven is not None:
        put_unit(host.socket_boots, unproven)
    return remove_file(host.socket_unproven)


def forget_boot_socket(host):
    """What boots listens by itself. Whether there was one of Landfall's."""
    return written_by_landfall(read_text(host.socket_boots)) and remove_file(host.socket_boots)


def sockets_left(host):
    """Texts of a socket that is closed, and that nothing which boots needs."""
    needed = [host.socket_boots] if is_handle(read_text(host.boots)) else []
    texts = [path for path in (host.socket_unproven, host.socket_boots)
             if path not in needed and written_by_landfall(read_text(path))]
    return texts if texts and not socket_state(host)['active'] else []
