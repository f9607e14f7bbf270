/** The gate's refusal, where the unit was started again and the state of that start is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalInJournal } from '../../../../src/activities/observe/journal-cause';

const REFUSED = '17:13:07.713Z shop[54]: [54] landfall gate: not ready within 10 s (readiness.timeout): …';

const ROWS: [string, string[], string | null][] = [
  [
    'the last refusal',
    [
      '17:13:01.000Z shop[50]: [50] landfall gate: main was imported from /opt/old/main.py',
      REFUSED,
      '17:13:07.751Z shop[54]: [2026-11-26 17:13:07 +0000] [54] [ERROR] Shutting down: Master',
    ],
    'not ready within 10 s (readiness.timeout): …',
  ],
  ['no count of workers', ['17:13:01.000Z shop[50]: [50] landfall gate: 2 workers ready after 2.6 s'], null],
  ['no lack of a gate', ['17:13:01.000Z shop[50]: [50] landfall gate: none, because of gevent'], null],
  ['nothing of systemd', [REFUSED.replace('shop[54]', 'systemd[1]')], null],
  ['nothing', [], null],
];

for (const [what, journal, refusal] of ROWS)
  test(`the journal of a start gives ${what}`, () => assert.equal(refusalInJournal(journal), refusal));
