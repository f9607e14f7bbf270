import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growing, poll } from '../../../src/timing/poll';

const hour = 3_600_000;

test('polling ends with the first look that finds something', async () => {
  const looks = [null, null, 0, 1];
  assert.equal(await poll(async () => looks.shift() ?? null, { pause: 0 }), 0);
  assert.deepEqual(looks, [1]);
});

test('polling looks at least once, and never after its limit', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    return null;
  };
  assert.equal(await poll(look, { pause: hour, limit: 1_000 }), null);
  assert.equal(looks, 1);
});

test('an error of a look ends the polling', async () => {
  const lost = new Error('lost');
  await assert.rejects(
    poll(() => Promise.reject(lost), { pause: 0 }),
    (error) => error === lost,
  );
});

test('polling ends with the reason of its signal, also in a pause and before the first look', async () => {
  const reason = new Error('cancelled by a person');
  const abort = new AbortController();
  let looks = 0;
  const look = async () => {
    looks += 1;
    // After this look the pause begins.
    setImmediate(() => abort.abort(reason));
    return null;
  };
  const options = { pause: hour, signal: abort.signal };
  for (const _ of ['in the pause', 'before the first look'])
    await assert.rejects(poll(look, options), (error) => error === reason);
  assert.equal(looks, 1);
});

test('growing pauses begin tight and end at the longest', () => {
  const pause = growing(20, 40);
  assert.deepEqual([pause(), pause(), pause(), pause()], [20, 30, 40, 40]);
});
