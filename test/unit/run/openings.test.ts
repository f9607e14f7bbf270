import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Openings, type ProcessorTime } from '../../run/openings';

const LIMITS = { fewest: 2, most: 4, idle: 0.25, every: 1000 };

/** A machine of which the processors have a part of each pause left. */
class Machine {
  private readonly time: ProcessorTime = { all: 0, idle: 0 };
  readonly pauses: number[] = [];
  /** Is done in each pause. */
  meanwhile: (count: number) => void = () => {};

  constructor(private readonly left: (count: number) => number) {}

  readonly read = (): ProcessorTime => ({ ...this.time });

  readonly wait = async (milliseconds: number): Promise<void> => {
    this.pauses.push(milliseconds);
    this.time.all += milliseconds;
    this.time.idle += milliseconds * this.left(this.pauses.length);
    this.meanwhile(this.pauses.length);
  };
}

test('the first ones begin at once, however busy the machine is', async () => {
  const machine = new Machine(() => 0);
  const openings = new Openings(LIMITS, machine.read, machine.wait);
  await openings.begin();
  await openings.begin();
  assert.deepEqual(machine.pauses, []);
});

test('one more begins after the first pause in which the processors had time left', async () => {
  const machine = new Machine((count) => (count < 3 ? 0.2 : 0.25));
  const openings = new Openings(LIMITS, machine.read, machine.wait);
  await Promise.all([openings.begin(), openings.begin(), openings.begin()]);
  assert.deepEqual(machine.pauses, [1000, 1000, 1000]);
});

test('each one looks at a pause of its own, so that the load of the one before is seen', async () => {
  const machine = new Machine(() => 1);
  const openings = new Openings(LIMITS, machine.read, machine.wait);
  await Promise.all(Array.from({ length: 4 }, () => openings.begin()));
  assert.deepEqual(machine.pauses, [1000, 1000]);
});

test('there are never more than the most, and an end makes room', async () => {
  const machine = new Machine(() => 1);
  const openings = new Openings(LIMITS, machine.read, machine.wait);
  machine.meanwhile = (count) => {
    if (count === 7) openings.end();
  };
  await Promise.all(Array.from({ length: 5 }, () => openings.begin()));
  assert.equal(machine.pauses.length, 7);
});

test('an end below the fewest makes room on a busy machine', async () => {
  const machine = new Machine(() => 0);
  const openings = new Openings(LIMITS, machine.read, machine.wait);
  machine.meanwhile = (count) => {
    if (count === 5) openings.end();
  };
  await Promise.all(Array.from({ length: 3 }, () => openings.begin()));
  assert.equal(machine.pauses.length, 5);
});
