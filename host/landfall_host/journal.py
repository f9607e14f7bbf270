"""The journal's lines about one start of a unit."""

from __future__ import annotations

import re
import time

from landfall_host.machine import boot_id
from landfall_host.redaction import CUT, Redactor
from landfall_host.systemd import journal, logged_about, number, show, sync_journal
from landfall_host.unit import unit_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Callable

    from landfall_host.contract_types import EvidenceRequest, EvidenceResult
    from landfall_host.state import Host

# Entries: of what runs in the unit, and of systemd, which no flood of the former hides.
OF_UNIT, OF_SYSTEMD = 100, 20
MOST_LINES, MOST_CHARACTERS, MOST_BYTES = 100, 500, 24 << 10
# Characters of a line that are looked at: more than are shown, and redacting takes time.
MOST_READ = 2000


def verb_evidence(host: Host, ask: EvidenceRequest, stdin: BinaryIO) -> EvidenceResult:
    redact = Redactor(host)
    unit = unit_state(host, None, ask.get('release'))
    name, newest_start = unit['unit'], unit['invocation']
    if 'process' in ask:
        from landfall_host.process_state import start_of

        name, newest_start = start_of(
            host, ask.get('release') or unit['release'], ask['process'], ask['invocation']
        )
    invocation = ask['invocation'] or newest_start
    entries = entries_of(name, invocation) if invocation else []
    if unit['restarts'] and 'process' not in ask and is_silent(entries):
        # systemd has started it again by itself, and the reason is in the start that failed.
        before = start_before(journal(OF_SYSTEMD, '_PID=1', 'UNIT=' + name), invocation)
        entries = (entries_of(name, before) if before else []) + entries
    lines: list[tuple[bool, str]] = []
    for entry in reversed(entries):
        by_systemd = entry['_PID'] == '1'
        if by_systemd or len(lines) < MOST_LINES:
            lines = [(by_systemd, line) for line in lines_for(entry, redact)] + lines
    return {
        'unit': unit,
        'journal': newest(lines),
        'texts': {name: redact(value) for name, value in ask['texts'].items()},
    }


def entries_of(unit: str, invocation: str) -> list[dict[str, str]]:
    """Of this start, oldest first: only what journald itself knows to be this unit's, or systemd's.

    With the unit's name: another unit's journal is none of the deploying user's business.
    """
    sync_journal()
    own = journal(OF_UNIT, '_SYSTEMD_INVOCATION_ID=' + invocation, '_SYSTEMD_UNIT=' + unit)
    about = journal(OF_SYSTEMD, '_PID=1', 'INVOCATION_ID=' + invocation, 'UNIT=' + unit)
    own = (own + without_start(unit, invocation))[-OF_UNIT:]
    return sorted(
        own[len(about) - OF_UNIT :] + about, key=lambda entry: number(entry['__REALTIME_TIMESTAMP']) or 0
    )


def is_silent(entries: list[dict[str, str]]) -> bool:
    return all(entry['_PID'] == '1' for entry in entries)


def start_before(about: list[dict[str, str]], invocation: str) -> str:
    """Of systemd's entries about a unit, oldest first: the last start before this one. Empty: there was none."""
    starts = [entry['INVOCATION_ID'] for entry in about if entry['INVOCATION_ID']]
    return next((start for start in reversed(starts) if start != invocation), '')


def without_start(unit: str, invocation: str) -> list[dict[str, str]]:
    """Entries of a process of this start that had ended before journald asked systemd which start it was of.

    journald knows the unit of such an entry from the stream. A release that ends at once often gives its reason in one.
    """
    start = show(unit, 'InvocationID', 'ExecMainStartTimestampMonotonic')
    began = number(start.get('ExecMainStartTimestampMonotonic'))
    if start.get('InvocationID') != invocation or not began:
        return []
    boot = '_BOOT_ID=' + boot_id().replace('-', '')
    entries = journal(OF_UNIT, boot, '_SYSTEMD_UNIT=' + unit, '_TRANSPORT=stdout')
    return [
        entry
        for entry in entries
        if not entry['_SYSTEMD_INVOCATION_ID'] and (number(entry['__MONOTONIC_TIMESTAMP']) or 0) >= began
    ]


def lines_for(entry: dict[str, str], redact: Callable[[str], str]) -> list[str]:
    """Each line of a message with its time and its author: the number is from journald, the name from the program."""
    at = min(number(entry['__REALTIME_TIMESTAMP']) or 0, 1 << 53)
    clock = time.strftime('%H:%M:%S', time.gmtime(at // 1000000))
    when = f'{clock}.{at // 1000 % 1000:03}Z'
    name = re.sub(r'[^A-Za-z0-9._@/()-]', '?', entry['SYSLOG_IDENTIFIER'][:60]) or '?'
    pid = number(entry['_PID'])
    prefix = f'{when} {redact(name)}{"" if pid is None else f"[{pid}]"}: '
    said = [
        line if len(line) <= MOST_READ else line[:MOST_READ] + CUT
        for line in entry['MESSAGE'].split('\n')[-MOST_LINES:]
    ]
    return [(prefix + line)[:MOST_CHARACTERS] for line in redact('\n'.join(said)).split('\n')]


def newest(lines: list[tuple[bool, str]]) -> list[str]:
    """Of (whether systemd said it, line) as many as fit: systemd's own before all others."""
    kept: list[int] = []
    size = 0
    for at in sorted(range(len(lines)), key=lambda at: (not lines[at][0], -at)):
        size += len(lines[at][1].encode()) + 1
        if len(kept) == MOST_LINES or size > MOST_BYTES:
            break
        kept.append(at)
    return [lines[at][1] for at in sorted(kept)]


def said_by_systemd(unit: str, invocation: str) -> str:
    """Why systemd itself could not run a unit, one line for each thing that it logged about this start."""
    said = logged_about(unit, 'INVOCATION_ID=' + invocation)
    return ''.join(f'systemd: {line}\n' for line in said if not line.startswith('Failed with result'))
