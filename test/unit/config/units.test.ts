import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, millisecondsOf } from '../../../src/config/units';

test('a duration is whole milliseconds', () => {
  const texts = ['500ms', '30s', '5m', '2h', '24h', '0s', '25h'];
  const milliseconds = [500, 30_000, 300_000, 7_200_000, 86_400_000, 0, 90_000_000];
  assert.deepEqual(texts.map(millisecondsOf), milliseconds);
  for (const text of ['', '30', '1.5s', '-1s', '1 s', '1S', '1d', '1 day', '1e3ms', '99999999999999s'])
    assert.equal(millisecondsOf(text), Number.NaN, text);
});

test('an amount of memory is whole bytes, in units of 1024', () => {
  assert.deepEqual(['512M', '2G'].map(bytesOf), [512 * 1024 ** 2, 2 * 1024 ** 3]);
  for (const text of ['', '512', '512MB', '0.5G', '-1G', '1T', '512m', '1K', '1 G'])
    assert.equal(bytesOf(text), Number.NaN, text);
});
