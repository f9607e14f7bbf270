import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StepTime } from '../../../src/activities/step-time';

const HOUR = 3_600_000;

/** A step on an engine whose clock is that far off the worker's. */
function time(engine: { skew: number; between?: number }, heartbeatDetails: unknown = undefined) {
  let now = 5;
  const scheduledTimestampMs = Date.now() + engine.skew;
  const currentAttemptScheduledTimestampMs = scheduledTimestampMs + (engine.between ?? 0);
  const info = { heartbeatDetails, scheduledTimestampMs, currentAttemptScheduledTimestampMs };
  const step = new StepTime(info, () => now);
  return {
    step,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

for (const skew of [-2 * HOUR, 0, 2 * HOUR]) {
  test(`a first attempt begins at nothing, on an engine ${skew / HOUR} h off`, () => {
    const { step, pass } = time({ skew });
    assert.deepEqual([step.worked, step.passed], [0, 0]);
    pass(2_000);
    assert.deepEqual([step.worked, step.passed], [2_000, 2_000]);
  });

  test(`a later attempt continues from the time worked and the time passed, on an engine ${skew / HOUR} h off`, () => {
    const { step, pass } = time({ skew, between: HOUR }, { said: '', workedMs: 3_000 });
    pass(500);
    assert.deepEqual([step.worked, step.passed], [3_500, HOUR + 500]);
  });
}

test('a heartbeat that says nothing of it counts as nothing', () => {
  for (const beat of [
    undefined,
    null,
    'text',
    {},
    { workedMs: 'x' },
    { workedMs: -1 },
    { workedMs: Number.NaN },
  ])
    assert.equal(time({ skew: 0 }, beat).step.worked, 0);
});

test('an engine whose clock was set back between two attempts makes no time negative', () => {
  assert.equal(time({ skew: 0, between: -HOUR }).step.passed, 0);
});
