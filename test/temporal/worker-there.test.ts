import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasAskedLately } from '../../src/temporal/worker-there';

const NOW = 1_700_000_000_000;
const asked = (secondsAgo: number) =>
  ({ lastAccessTime: { seconds: NOW / 1000 - secondsAgo } }) as unknown as Parameters<
    typeof hasAskedLately
  >[0];

test('a worker that waits for work is there, also when the engine has given it none for a minute', () => {
  assert.equal(hasAskedLately(asked(0), NOW), true);
  assert.equal(hasAskedLately(asked(65), NOW), true);
});

test('a worker that ended minutes ago is not there, although the engine still names it', () => {
  assert.equal(hasAskedLately(asked(120), NOW), false);
  assert.equal(hasAskedLately({}, NOW), false);
});
