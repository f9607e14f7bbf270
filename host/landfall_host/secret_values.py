"""The values that must not leave this host: of the environment files as they are, and as what runs has read them."""
import binascii
import re

from landfall_host.files import read_text
from landfall_host.protocol import Refused
from landfall_host.systemd import number, show_all

# Shorter ones (`yes`, `80`) are everywhere. As base64 a value has to be a little longer to be told from chance.
SHORTEST, SHORTEST_BASE64 = 4, 6
# Names that files ever had, and bytes of a process's environment.
MOST_NAMES, MOST_ENVIRONMENT = 1000, 1 << 20
MOST_PROCESSES = 20
URL_SAFE = str.maketrans('+/', '-_')


def parse_environment(content):
    """NAME to value, with comments, quotes and escapes as systemd's EnvironmentFile= takes them."""
    quoted = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
    entry = re.compile(r"""^[ \t]*(?:[#;](?:[^\\\n]|\\.)*|([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
                       r"""((?:(?:%s)[ \t]*)*(?:[^\\\n]|\\.)*))""" % quoted, re.M | re.S)
    values = {}
    for name, raw in entry.findall(content):
        if not name:
            continue
        value = ''
        for single, double, plain in re.findall(r"""('[^']*')[ \t]*|("(?:[^"\\]|\\.)*")[ \t]*|((?:[^\\]|\\.)+)""", raw, re.S):
            unescaped = re.sub(r'\\(.)', lambda m: m.group(1).strip('\n'), plain, flags=re.S).rstrip()
            value += single[1:-1] + re.sub(r'\\(["\\`$]|\n)', lambda m: m.group(1).strip('\n'), double[1:-1]) + unescaped
        values[name] = value
    return values


def environment_of(host):
    values = {}
    for path in host.policy['envFiles']:
        values.update(parse_environment((read_text(path) or '').encode(errors='surrogateescape').decode(errors='replace')))
    return values


def remember_names(host):
    """Which variables the files have, never their values: one may be gone from the files while its value still runs."""
    names = sorted({*host.state.get('names', ()), *environment_of(host)})[:MOST_NAMES]
    if names != host.state.get('names'):
        host.state['names'] = names
        host.save()


def secrets_of_host(host, pids=None):
    """(variable, value) of everything to hide; `pids`: main processes to ask, when they are known already."""
    now = environment_of(host)
    state = host.load() if host.state is None else host.state
    names = {*now, *state.get('names', ())}
    return list(now.items()) + [(name, value) for name, value in environments_of(main_processes(host) if pids is None else pids) if name in names]


def main_processes(host):
    try:
        units = show_all([host.unit, host.stem + '@*.service'], ('MainPID',))
    except Refused:
        return []  # systemd goes down or comes up
    return [pid for pid in (number(unit.get('MainPID')) for unit in units) if pid][:MOST_PROCESSES]


def environments_of(pids):
    """(variable, value) of these processes, as the kernel has them."""
    for pid in pids:
        try:
            with open('/proc/%d/environ' % pid, 'rb') as file:
                content = file.read(MOST_ENVIRONMENT)
        except OSError:
            continue  # it ended meanwhile
        for entry in content.decode(errors='replace').split('\0'):
            name, equals, value = entry.partition('=')
            if equals:
                yield name, value


def forms_of(secrets):
    """Each text to hide and the variable that it comes from: values, their lines, passwords in URLs."""
    from urllib.parse import unquote
    found = {}
    for name, value in secrets:
        forms = [value, *value.split('\n'), *value.splitlines()]
        for pattern in (r'[A-Za-z][A-Za-z0-9+.-]*://[^:@/]*:(.+)@', r'[A-Za-z][A-Za-z0-9+.-]*://[^:@/]*:([^@/]+)@'):
            forms += re.findall(pattern, value)
        for form in forms:
            for spelled in (form, unquote(form)):
                if len(spelled) >= SHORTEST:
                    found.setdefault(spelled, name)
    return found


def base64_forms(secrets):
    """Likewise what any base64 has of a value, wherever in it the value stands: at each of three places within a group."""
    found = {}
    for name, value in secrets:
        for each in {value, value.strip()}:
            data = each.encode(errors='replace')
            for before in range(3) if len(data) >= SHORTEST_BASE64 else ():
                # Six bits a character; those that a neighbour has a part in are left out.
                first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
                encoded = binascii.b2a_base64(b'\0' * before + data).decode()[first:last]
                for form in {encoded, encoded.translate(URL_SAFE)}:
                    found.setdefault(form, name)
    return found
