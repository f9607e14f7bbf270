"""What the journal says about one start of a unit."""
import json
import time

from landfall_host.redaction import Redactor
from landfall_host.run import run
from landfall_host.unit import unit_state


def verb_evidence(host, ask, stdin):
    redact = Redactor(host)
    unit = unit_state(host, None, ask.get('release'))
    invocation = ask['invocation'] or unit['invocation']
    journal = []
    if invocation:
        run(['journalctl', '--sync'], 3)  # what it said a moment ago, before it ended, is read too
        # With the unit's name: another unit's journal is none of the deploying user's business.
        out = run(['journalctl', '--no-pager', '-q', '-n', '100', '-o', 'json', '--all',
                   '_SYSTEMD_INVOCATION_ID=' + invocation, '_SYSTEMD_UNIT=' + unit['unit'],
                   '+', 'INVOCATION_ID=' + invocation, 'UNIT=' + unit['unit']])[1]
        for line in out.splitlines():
            entry = json.loads(line)
            said = entry.get('MESSAGE') or ''
            said = bytes(said).decode(errors='replace') if isinstance(said, list) else said
            at = int(entry.get('__REALTIME_TIMESTAMP', '0'))
            prefix = '%s.%03dZ %s' % (time.strftime('%H:%M:%S', time.gmtime(at // 1000000)), at // 1000 % 1000,
                                      entry.get('SYSLOG_IDENTIFIER', '?'))
            pid = '[%s]' % entry['_PID'] if '_PID' in entry else ''
            journal += [(prefix + pid + ': ' + each)[:500] for each in redact(said).split('\n')]
    kept, size = [], 0
    for line in reversed(journal[-100:]):
        size += len(line.encode()) + 1
        if size > 24 << 10:
            break
        kept.insert(0, line)
    return {'unit': unit, 'journal': kept, 'texts': {name: redact(value) for name, value in ask['texts'].items()}}


def said_by_systemd(unit, invocation):
    """Why systemd itself could not run a unit, one line for each thing that it logged about this start."""
    run(['journalctl', '--sync'], 3)  # what was logged a moment ago is read too
    out = run(['journalctl', '--no-pager', '-q', '-n', '20', '-o', 'cat', '_UID=0', 'UNIT=' + unit, 'INVOCATION_ID=' + invocation])[1]
    begin = unit + ': '
    said = [line[len(begin):] for line in out.splitlines() if line.startswith(begin)]
    return ''.join('systemd: %s\n' % line for line in said if not line.startswith('Failed with result'))
