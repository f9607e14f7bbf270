/** Which processes of last good a repair ends and starts on a host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsForm } from '../../../../src/config/settings';
import type { FoundProcess } from '../../../../src/deployment/inspection';
import { planRepair } from '../../../../src/deployment/plan/repair-plan';
import { hostTarget, settings } from '../../../harness/deploy-input';
import { BESIDE, probe } from '../../../harness/inspections';

const GOOD = BESIDE.lastGood ?? '';
const OTHER = '9-9999999';
const KEPT = settingsForm.read(
  {
    strategy: 'overlap',
    processes: {
      worker: { command: 'celery -A shop worker', drain: '6h' },
      hourly: { command: 'a', schedule: 'hourly', singleton: false },
      beat: { command: 'celery -A shop beat', singleton: true },
      nightly: { command: 'b', schedule: 'daily' },
      report: { command: 'c', singleton: true, host: 'web2' },
    },
  } as never,
  { service: 'shop' },
);

/** `beat`, of last good; `beat of 9-9999999`; `beat drains`. */
function found(words: string): FoundProcess {
  const [process = '', , release = GOOD] = words.split(' ');
  const drains = words.endsWith('drains');
  return { process, release: drains ? GOOD : release, drainsUntil: drains ? '2026-01-01T10:00:00Z' : null };
}

function repairsOf(host: string, running: string[], begun = false): string[] {
  const probes = { ...BESIDE.probes, lastGood: probe({ settings: KEPT }) };
  const facts = { ...BESIDE, probes, processes: running.map(found) };
  const written = { settings: settings({ strategy: 'overlap' }), bind: hostTarget(host).bind };
  return planRepair(facts, written, { host, hosts: ['web1', 'web2'] }, begun).repairs.map(
    ({ kind, words }) => `${kind}: ${words}`,
  );
}

const ALL = ['worker', 'hourly', 'beat', 'nightly'];
const without = (name: string) => ALL.filter((each) => each !== name);
const RESTORE = `restore: check that ${GOOD} is ready, else start it again`;
const END = 'end-singletons: end';

const ROWS: [string, string, string[], string[]][] = [
  ['every process runs where it belongs', 'web1', ALL, []],
  ['so it does on the other host', 'web2', ['worker', 'hourly', 'report'], []],
  [
    'a worker is gone',
    'web1',
    without('worker'),
    ['processes: start worker, which should run here', RESTORE],
  ],
  [
    'a worker that only drains is gone',
    'web1',
    [...without('worker'), 'worker drains'],
    ['processes: start worker, which should run here', RESTORE],
  ],
  [
    'a timer of each host is off',
    'web1',
    without('hourly'),
    ['processes: start hourly, which should run here', RESTORE],
  ],
  [
    'a singleton runs nowhere',
    'web1',
    without('beat'),
    ['start-singletons: start beat, which should run here and nowhere else'],
  ],
  [
    'the timer of a singleton is off',
    'web1',
    without('nightly'),
    ['start-singletons: start nightly, which should run here and nowhere else'],
  ],
  [
    'a singleton runs on two hosts',
    'web2',
    ['worker', 'hourly', 'report', 'beat'],
    [`${END} beat (up to 30 s), which should not run here`],
  ],
  [
    'one of another release runs',
    'web1',
    [...without('beat'), `beat of ${OTHER}`],
    [
      `${END} beat (up to 30 s), which should not run here`,
      'start-singletons: start beat, which should run here and nowhere else',
    ],
  ],
  ['a run of a schedule of another release is under way', 'web1', [...ALL, `nightly of ${OTHER}`], []],
];

for (const [name, host, running, repairs] of ROWS)
  test(name, () => assert.deepEqual(repairsOf(host, running), repairs));

test('under the claim of a repair, last good is verified in any case', () => {
  assert.deepEqual(repairsOf('web1', ALL, true), [RESTORE]);
});

test('nothing is said where the settings of last good are not known', () => {
  const written = { settings: KEPT, bind: hostTarget('web1').bind };
  const facts = { ...BESIDE, probes: { ...BESIDE.probes, lastGood: null } };
  assert.deepEqual(planRepair(facts, written, { host: 'web1', hosts: ['web1'] }).repairs, []);
});
