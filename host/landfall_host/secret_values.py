"""The values that must not leave this host: of the environment files as they are, and as what runs has read them."""

from __future__ import annotations

import binascii
import os
import re
import time

from landfall_host.children import in_time
from landfall_host.files import read_text
from landfall_host.managed_env import all_values
from landfall_host.places import ETC
from landfall_host.protocol import Refused
from landfall_host.systemd import number, show_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    from landfall_host.shapes import Secrets
    from landfall_host.state import Host

# Shorter values (`yes`, `80`) are everywhere. As base64 a value has to be longer to be told from chance.
SHORTEST, SHORTEST_BASE64 = 4, 6
# Names that files ever had, and bytes of a process's environment.
MOST_NAMES, MOST_ENVIRONMENT = 1000, 1 << 20
MOST_PROCESSES = 20
# Characters of one value of a process, and texts to hide from all its values. A process can set any values, and each
# text is searched for in everything that leaves this host.
MOST_VALUE, MOST_FORMS = 8192, 300
# Seconds: of reading one process's environment, and those of all.
ONE_ENVIRONMENT, ALL_ENVIRONMENTS = 0.5, 2
URL_SAFE = str.maketrans('+/', '-_')


def parse_environment(content: str) -> dict[str, str]:
    """NAME to value, with comments, quotes and escapes as systemd's EnvironmentFile= takes them."""
    quoted = r"""'[^']*'|"(?:[^"\\]|\\.)*\""""
    entry = re.compile(
        r"""^[ \t]*(?:[#;](?:[^\\\n]|\\.)*|([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
        rf"""((?:(?:{quoted})[ \t]*)*(?:[^\\\n]|\\.)*))""",
        re.M | re.S,
    )
    values = {}
    for name, raw in entry.findall(content):
        if not name:
            continue
        value = ''
        for single, double, plain in re.findall(
            r"""('[^']*')[ \t]*|("(?:[^"\\]|\\.)*")[ \t]*|((?:[^\\]|\\.)+)""", raw, re.S
        ):
            unescaped = re.sub(r'\\(.)', without_line_end, plain, flags=re.S).rstrip()
            value += single[1:-1] + re.sub(r'\\(["\\`$]|\n)', without_line_end, double[1:-1]) + unescaped
        values[name] = value
    return values


def without_line_end(escaped: re.Match[str]) -> str:
    return str(escaped.group(1)).strip('\n')


def environment_of(host: Host) -> dict[str, str]:
    values = {}
    for path in host.policy['envFiles']:
        values.update(
            parse_environment(
                (read_text(path) or '').encode(errors='surrogateescape').decode(errors='replace')
            )
        )
    return values


def install_file(host: Host) -> str:
    """Root's file with the logins and the proxy of installations. The service does not get it."""
    return os.path.join(ETC, host.service + '.install.env')


def remember_names(host: Host) -> None:
    """Keeps the names of the variables, never their values. A name may be gone while its value is still in use."""
    names = sorted({*host.state.get('names', ()), *environment_of(host)})[:MOST_NAMES]
    if names != host.state.get('names'):
        host.state['names'] = names
        host.save()


def secrets_of_host(host: Host, pids: Iterable[int] | None = None) -> Secrets:
    """(variable, value) of everything to hide; `pids`: main processes to ask, when they are known already."""
    now = environment_of(host)
    state = host.state
    names = sorted({*now, *state.get('names', ())})
    of_installs = parse_environment(read_text(install_file(host)) or '')
    found = [*now.items(), *of_installs.items(), *sorted(all_values(host))]
    limit = time.monotonic() + ALL_ENVIRONMENTS
    for pid in (main_processes(host) if pids is None else pids) if names else ():
        seconds = min(ONE_ENVIRONMENT, limit - time.monotonic())
        if seconds > 0:
            found += in_time(values_that_run, pid, names, now, seconds=seconds, otherwise=[])
    return found


def main_processes(host: Host) -> list[int]:
    try:
        units = show_all([host.unit, host.stem + '@*.service'], ('MainPID',))
    except Refused:
        return []  # systemd goes down or comes up
    return [pid for pid in (number(unit.get('MainPID')) for unit in units) if pid][:MOST_PROCESSES]


def values_that_run(pid: int, names: list[str], known: dict[str, str]) -> Secrets:
    """(variable, value) of those names in this process's environment, if the value is not known yet.

    A name that is there twice counts once, as for the process itself. Values beyond the limits are left out: no honest
    process has them.
    """
    try:
        with open(f'/proc/{pid}/environ', 'rb') as file:
            content = file.read(MOST_ENVIRONMENT)
    except OSError:
        return []  # it ended meanwhile
    values: dict[str, str] = {}
    found, left = [], MOST_FORMS
    for entry in content.decode(errors='replace').split('\0'):
        name, equals, value = entry.partition('=')
        if equals:
            values.setdefault(name, value)
    for name in names:
        value = values.get(name, '')
        if value and value != known.get(name) and len(value) <= MOST_VALUE:
            count = len(forms_of([(name, value)]))
            if count <= left:
                left -= count
                found.append((name, value))
    return found


def forms_of(secrets: Secrets) -> dict[str, str]:
    """Each text to hide and the variable that it comes from: values, their lines, passwords in URLs."""
    from urllib.parse import unquote

    found: dict[str, str] = {}
    for name, value in secrets:
        for form in [value, *value.split('\n'), *value.splitlines(), *passwords_in(value)]:
            for spelled in (form, unquote(form)):
                if len(spelled) >= SHORTEST:
                    found.setdefault(spelled, name)
    return found


def passwords_in(value: str) -> Iterator[str]:
    """The password of each URL: up to the next `@`, and to the last one of the line, as it may have an `@` itself."""
    told = 0
    for url in re.finditer(r'(?<=[A-Za-z0-9+.-])://[^:@/]*:', value):
        # Not by one pattern from the scheme to the `@`: that would start again at each letter of a long value.
        begin, end = url.end(), value.find('\n', url.end())
        last = value.rfind('@', begin, end if end >= 0 else len(value)) if begin > told else -1
        if last > begin:
            told = last
            yield value[begin:last]
        first = re.compile('[^@/]+@').match(value, begin)
        if first:
            yield first.group()[:-1]


def base64_forms(secrets: Secrets) -> dict[str, str]:
    """The same for base64, where a value can start at each of three places within a group."""
    found: dict[str, str] = {}
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
