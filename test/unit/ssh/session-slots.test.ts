import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SessionSlots } from '../../../src/ssh/session-slots';

/** Asks for `count` slots. @returns which were given so far */
async function ask(slots: SessionSlots, count: number): Promise<number[]> {
  const given: number[] = [];
  for (let each = 0; each < count; each += 1) void slots.acquire().then(() => given.push(each));
  await setImmediate();
  return given;
}

test('four at once; the others come in their order', async () => {
  const slots = new SessionSlots();
  const given = await ask(slots, 6);
  assert.deepEqual(given, [0, 1, 2, 3]);
  slots.release();
  await setImmediate();
  assert.deepEqual(given, [0, 1, 2, 3, 4]);
});

test('after a refusal there are no more than were open besides', async () => {
  const slots = new SessionSlots();
  await ask(slots, 3);
  assert.equal(slots.lower(), true);
  slots.release();
  const later = await ask(slots, 1);
  assert.deepEqual(later, []);
  slots.release();
  await setImmediate();
  assert.deepEqual(later, [0]);
});

test('the last one cannot be lowered away', async () => {
  const slots = new SessionSlots();
  await slots.acquire();
  assert.equal(slots.lower(), false);
  slots.release();
  assert.equal(slots.idle, true);
  await slots.acquire();
});

test('whoever gives up waiting takes no slot', async () => {
  const slots = new SessionSlots();
  await ask(slots, 4);
  const cancel = new AbortController();
  const waiting = slots.acquire(cancel.signal);
  const behind = await ask(slots, 1);
  cancel.abort(new Error('cancelled'));
  await assert.rejects(waiting, /cancelled/);
  slots.release();
  await setImmediate();
  assert.deepEqual(behind, [0]);
});
