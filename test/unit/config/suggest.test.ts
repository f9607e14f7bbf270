import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../../src/config/suggest';

test('a suggestion is near or not made', () => {
  const known = ['workers', 'workerClass', 'timeout', 'gracefulTimeout', 'envFiles'];
  assert.equal(nearest('wrokers', known), 'workers');
  assert.equal(nearest('worker_class', known), 'workerClass');
  assert.equal(nearest('Time-Out', known), 'timeout');
  assert.equal(nearest('zebra', known), null);
  // Two swapped letters are one slip, also in a short word, where two slips make another word.
  assert.equal(nearest('evn', ['app', 'env']), 'env');
  assert.equal(nearest('evr', ['app', 'env']), null);
});
