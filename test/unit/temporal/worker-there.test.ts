import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerWatch } from '../../../src/temporal/worker-there';

type Pollers = Parameters<WorkerWatch['isThere']>[0];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** @param asked when, by the engine's clock, in seconds */
const pollers = (...asked: number[]) =>
  asked.map((seconds, at) => ({ identity: `w${at}`, lastAccessTime: { seconds } })) as unknown as Pollers;

/** Sees each of these, at a minute's distance. */
function seen(...looks: Pollers[]): boolean[] {
  let now = 0;
  const watch = new WorkerWatch(() => now);
  return looks.map((look, at) => {
    now = at * MINUTE;
    return watch.isThere(look);
  });
}

test('no worker is connected when the engine names none', () => {
  assert.deepEqual(seen(pollers(), pollers(1), pollers()), [false, true, false]);
});

for (const skew of [-2 * HOUR, 0, 2 * HOUR]) {
  const then = (1_700_000_000_000 + skew) / 1000;
  test(`a worker that waits for work is there, on an engine whose clock is ${skew / HOUR} h off`, () => {
    const looks = [0, 60, 120, 180].map((later) => pollers(then + later));
    assert.deepEqual(seen(...looks), [true, true, true, true]);
  });

  test(`a worker that ended is missed after a minute and a half, on an engine whose clock is ${skew / HOUR} h off`, () => {
    const looks = [0, 60, 60, 60].map((later) => pollers(then + later));
    assert.deepEqual(seen(...looks), [true, true, true, false]);
  });
}

test('one of two is enough', () => {
  assert.deepEqual(seen(pollers(1, 1), pollers(1, 61), pollers(1, 121), pollers(1, 181)), [
    true,
    true,
    true,
    true,
  ]);
});
