import assert from 'node:assert/strict';
import { test } from 'node:test';
import { previousGood } from '../../src/activities/inspect-host';
import type { ReleaseRecord } from '../../src/host/protocol';

const release = (id: string, good: string | null): ReleaseRecord => ({
  id,
  commit: `commit of ${id}`,
  content: id,
  created: '2026-01-01T00:00:00Z',
  good,
  venv: null,
});
const releases = [
  release('1-aaaaaaa', '2026-01-01T10:00:00Z'),
  release('3-ccccccc', '2026-01-03T10:00:00Z'),
  release('2-bbbbbbb', null),
  release('4-ddddddd', '2026-01-02T10:00:00Z'),
];
const previous = (live: string | null) => previousGood(releases, live)?.release ?? null;

test('a rollback goes to what was good right before the live release became so', () => {
  assert.equal(previous('3-ccccccc'), '4-ddddddd');
  assert.equal(previous('4-ddddddd'), '1-aaaaaaa');
  assert.deepEqual(previousGood(releases, '4-ddddddd'), {
    release: '1-aaaaaaa',
    commit: 'commit of 1-aaaaaaa',
  });
});

test('before the first good release there is nothing to go back to', () => {
  assert.equal(previous('1-aaaaaaa'), null);
  assert.equal(previousGood([], null), null);
});

test('a live release that never was good, or none, goes back to the newest good one', () => {
  assert.equal(previous('2-bbbbbbb'), '3-ccccccc');
  assert.equal(previous(null), '3-ccccccc');
});
