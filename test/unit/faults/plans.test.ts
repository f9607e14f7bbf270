import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_NAMES } from '../../faults/fault-kinds';
import { everyStep, randomPlan } from '../../faults/plans';

const RUN = { strategy: 'overlap', scenario: 'good' } as const;

test('every fault strikes at every step', () => {
  const plans = everyStep({ ...RUN, steps: ['claimHost', 'restart'] }, ['ssh reset', 'cancelled']);
  const struck = plans.map(({ faults }) => faults.map(({ fault, at }) => `${fault} ${at}`).join());
  assert.deepEqual(struck, ['ssh reset 0', 'ssh reset 1', 'cancelled 0', 'cancelled 1']);
});

test('the same seed and number give the same plan, others give others', () => {
  const plan = (seed: number, number: number) =>
    JSON.stringify(randomPlan({ ...RUN, steps: 15 }, seed, number).faults);
  assert.equal(plan(7, 3), plan(7, 3));
  assert.notEqual(plan(7, 3), plan(7, 4));
  assert.notEqual(plan(7, 3), plan(8, 3));
});

test('two hundred random plans strike with everything, everywhere, in the order of the steps', () => {
  const plans = Array.from({ length: 200 }, (_, number) => randomPlan({ ...RUN, steps: 15 }, 1, number));
  const faults = plans.flatMap((plan) => plan.faults);
  assert.deepEqual(new Set(faults.map(({ fault }) => fault)), new Set(FAULT_NAMES));
  assert.equal(new Set(faults.map(({ at }) => at)).size, 15);
  for (const {
    faults: [first, ...more],
  } of plans) {
    assert.ok(first && more.every(({ at }) => at >= first.at));
  }
});
