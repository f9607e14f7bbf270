import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf } from '../../../../src/cli/output/evidence';

test('evidence is what a failure brought along, if it did', () => {
  assert.deepEqual(evidenceOf({ host: 'web1', evidence: { output: 'x' } }), {
    host: 'web1',
    evidence: { output: 'x' },
  });
  assert.equal(evidenceOf({ evidence: { output: 'x' } })?.host, null);
  for (const details of [null, undefined, 'text', {}, { evidence: null }, { evidence: 'x' }]) {
    assert.equal(evidenceOf(details), null);
  }
});
