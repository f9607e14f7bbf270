import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureOf } from '../../../bench/report/picture';
import { summarize } from '../../../bench/report/summary';
import { SCENARIOS } from '../../../bench/scenarios';
import { measurement } from './measurement';

const TITLES = {
  'landfall-overlap': 'Landfall, overlap',
  'landfall-restart': 'Landfall & restart',
  script: 'script',
  ansible: 'Ansible',
  capistrano: 'Capistrano',
};

function drawn(...measurements: ReturnType<typeof measurement>[]): string {
  return pictureOf({
    date: '2026-01-31',
    machine: {
      processors: 2,
      processor: 'any',
      memoryGigabytes: 8,
      kernel: '6.1',
      node: 'v20.20.0',
      versions: { gunicorn: '27.0.1' },
    },
    options: { rounds: 1, rate: 50, only: [], scenario: [], out: null },
    summaries: summarize(measurements),
    scenarios: SCENARIOS,
    titles: TITLES,
  });
}

const barsOf = (svg: string) =>
  [...svg.matchAll(/<rect x="[^"]+" y="[^"]+" width="([^"]+)"/g)].map(([, width]) => Number(width));

test('there is a bar for each measure of each row, the longest one for the highest number', () => {
  const svg = drawn(
    measurement({ contender: 'script' }, { failed: 400 }),
    measurement({ contender: 'ansible' }, { failed: 100 }),
  );
  const bars = barsOf(svg);
  assert.equal(bars.length, 6);
  // The square root of a quarter is a half.
  assert.equal(bars[3], (bars[0] ?? 0) / 2);
});

test('where nothing failed anywhere, nothing looks as if it had', () => {
  const [failed] = barsOf(drawn(measurement({})));
  assert.equal(failed, 1);
});

test('one failure in twenty deploys is not drawn as none', () => {
  const deploys = Array.from({ length: 20 }, (_, index) => measurement({}, { failed: index === 0 ? 1 : 0 }));
  assert.match(drawn(...deploys), />0\.05</);
});

test('a scenario without a deploy has no part in it', () => {
  const svg = drawn(measurement({ scenario: 'import' }));
  assert.ok(svg.includes('A release that cannot be imported'));
  assert.ok(!svg.includes('A good release'));
});

test('a bad release that serves on is said to', () => {
  const svg = drawn(measurement({ scenario: 'goes-bad', ending: 'bad' }, { failed: 1350 }));
  assert.ok(svg.includes('1,350, stays live'));
});

test('names are text, not markup', () => {
  assert.ok(drawn(measurement({})).includes('Landfall &amp; restart'));
});
