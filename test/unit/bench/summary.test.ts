import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measurement } from '../../../bench/measure';
import { summarize } from '../../../bench/report/summary';
import { measurement } from './measurement';

const of = (changes: Partial<Measurement>, load: Partial<Measurement['load']> = {}) =>
  measurement(changes, load);

test('failures are added up, and the worst of all deploys is told', () => {
  const [row] = summarize([
    of({ round: 1 }, { requests: 100, failed: 3, worstMs: 20, outageMs: 1500 }),
    of({ round: 2 }, { requests: 110, failed: 0, worstMs: 70, outageMs: 100 }),
  ]);
  assert.equal(row?.deploys, 2);
  assert.equal(row?.requests, 210);
  assert.equal(row?.failed, 3);
  assert.equal(row?.worstMs, 70);
  assert.equal(row?.outageSeconds, 1.5);
});

test('wall time is compared with the script’s of the same round, and only for good releases', () => {
  const rows = summarize([
    of({ round: 1, contender: 'script', wallSeconds: 2 }),
    of({ round: 1, contender: 'ansible', wallSeconds: 3 }),
    of({ round: 2, contender: 'script', wallSeconds: 8 }),
    of({ round: 2, contender: 'ansible', wallSeconds: 8 }),
    of({ round: 1, contender: 'ansible', scenario: 'import', wallSeconds: 9 }),
  ]);
  const ansible = rows.find(({ contender, scenario }) => contender === 'ansible' && scenario === 'good');
  assert.deepEqual(ansible?.toScript, { median: 1.25, min: 1, max: 1.5 });
  assert.equal(rows.find(({ scenario }) => scenario === 'import')?.toScript, null);
});

test('rows have the same order whoever began', () => {
  const rows = summarize([
    of({ contender: 'capistrano', scenario: 'import' }),
    of({ contender: 'capistrano' }),
    of({ contender: 'script' }),
  ]);
  assert.deepEqual(
    rows.map(({ scenario, contender }) => `${scenario} ${contender}`),
    ['good script', 'good capistrano', 'import capistrano'],
  );
});

test('without the script there is no ratio', () => {
  assert.equal(summarize([of({ contender: 'ansible' })])[0]?.toScript, null);
});

test('a median of an even number of deploys lies between the two in the middle', () => {
  const rows = summarize([4, 1, 3, 2].map((wallSeconds) => of({ wallSeconds })));
  assert.deepEqual(rows[0]?.wallSeconds, { median: 2.5, min: 1, max: 4 });
});

test('deploys that end differently are counted apart', () => {
  const rows = summarize([of({ ending: 'old' }), of({ ending: 'bad' }), of({ ending: 'old' })]);
  assert.deepEqual(rows[0]?.endings, { old: 2, bad: 1 });
});

test('a service that never answered well has no worst latency', () => {
  assert.equal(summarize([of({}, { worstMs: null })])[0]?.worstMs, null);
});
