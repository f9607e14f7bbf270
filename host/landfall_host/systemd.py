"""The output of systemd and of its journal, parsed in one place.

Their lines end in '\\n' and nowhere else. An app may put another line separator (U+2028, vertical tab) into its
status or its log. The helper asks for an app's own texts alone, so that they spoil no answer of systemd's. A line
that cannot be read is left out, and a value is then None. Neither is a reason to refuse a request.
"""

from __future__ import annotations

import json

from landfall_host.run import must_run, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

    from landfall_host.shapes import Properties

# Properties whose value another program has written. systemd makes one line of each.
FOREIGN = ('StatusText', 'Environment')
# The fields of a journal entry that are read. No program can set those with an underscore: they are journald's.
FIELDS = (
    'MESSAGE',
    'SYSLOG_IDENTIFIER',
    '_PID',
    'INVOCATION_ID',
    '_SYSTEMD_INVOCATION_ID',
    '__MONOTONIC_TIMESTAMP',
    '__REALTIME_TIMESTAMP',
)
# Bytes of `journalctl`'s output: a program may log entries of any size.
MOST_JOURNAL = 4 << 20


def lines_of(text: str) -> list[str]:
    return [line for line in text.split('\n') if line]


def number(text: object, most: int = (1 << 63) - 1) -> int | None:
    """A number from 0 to `most` that systemd, the journal or the kernel wrote; None for anything else."""
    text = str(text)
    readable = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if readable and int(text) <= most else None


def parse_units(out: str, properties: Sequence[str]) -> list[Properties]:
    """For each unit in the output of `systemctl show` its properties, of those that were asked for."""
    units = []
    for block in out.split('\n\n'):
        fields: Properties = {}
        for line in lines_of(block):
            name, equals, value = line.partition('=')
            if equals and name in properties:
                fields.setdefault(name, value)
        if fields:
            units.append(fields)
    return units


def show_all(units: Sequence[str], properties: Sequence[str]) -> list[Properties]:
    """systemd's own properties of each of these units that systemd knows. A pattern stands for several units."""
    return parse_units(must_run(['systemctl', 'show', *units, '-p', ','.join(properties)]), properties)


def show(unit: str, *properties: str) -> Properties:
    """A unit's properties by name; one that systemd does not tell is not there."""
    own = [name for name in properties if name not in FOREIGN]
    fields = (show_all([unit], own) or [{}])[0] if own else {}
    fields.update({name: foreign(unit, name) for name in properties if name in FOREIGN})
    return fields


def foreign(unit: str, name: str) -> str:
    status, out, _ = run(['systemctl', 'show', unit, '-p', name])
    begin = name + '='
    return '' if status or not out.startswith(begin) else out[len(begin) :].rstrip('\n')


def list_units(patterns: list[str]) -> list[tuple[str, str]]:
    """(unit, ActiveState) of each that systemd knows, however many: one question to it."""
    out = run(['systemctl', 'list-units', '--all', '--plain', '--no-legend', '--full', *patterns])[1]
    rows = (line.split(None, 4) for line in lines_of(out))
    return [(row[0], row[2]) for row in rows if len(row) > 3]


def sync_journal() -> None:
    """Makes lines readable that were logged a moment ago."""
    run(['journalctl', '--sync'], 3)


def journal(most: int, *matches: str) -> list[dict[str, str]]:
    """The newest entries of the journal that match, oldest first: each has a text for each of FIELDS."""
    argv = [
        'journalctl',
        '--no-pager',
        '-q',
        '-r',
        '-n',
        str(most),
        '-o',
        'json',
        '--output-fields=' + ','.join(FIELDS),
    ]
    status, out, _ = run([*argv, '--all', *matches], most=MOST_JOURNAL)
    if status:
        # Without --all, entries longer than 4 kB are not shown, and the other entries are.
        out = run(argv + list(matches), most=MOST_JOURNAL)[1]
    return parse_entries(out)[::-1]


def parse_entries(out: str) -> list[dict[str, str]]:
    """From `journalctl -o json`, in its order. A line that is not an entry is left out."""
    entries = []
    for line in lines_of(out):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            entries.append({name: text_of(entry.get(name, '')) for name in FIELDS})
    return entries


def text_of(value: object) -> str:
    """A field's value: text; bytes if it is not plain text; None if it is too long; a list if it is there twice."""
    if value is None:
        return '[too long to be shown here]'
    if isinstance(value, list) and value and isinstance(value[0], (str, list)):
        value = value[0]
    if isinstance(value, list) and all(type(byte) is int and 0 <= byte < 256 for byte in value):
        return bytes(value).decode(errors='replace')
    return value if isinstance(value, str) else ''


def logged_about(unit: str, *matches: str) -> list[str]:
    """systemd's own lines about a unit, oldest first. Any program can name a unit, but only systemd is process 1."""
    sync_journal()
    begin = unit + ': '
    return [
        entry['MESSAGE'][len(begin) :]
        for entry in journal(20, '_PID=1', 'UNIT=' + unit, *matches)
        if entry['MESSAGE'].startswith(begin)
    ]
