import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOf } from '../../../src/cli/exit-codes';
import type { DeployStatus, Outcome } from '../../../src/deployment/status';
import { status } from './status';

const codeOf = (changes: Partial<DeployStatus>) => exitCodeOf(status(changes));

test('each outcome has the code that CI is told', () => {
  const codes: Record<Outcome, number> = {
    deployed: 0,
    rejected: 2,
    'rolled-back': 3,
    accepted: 4,
    'needs-operator': 4,
    superseded: 4,
    repaired: 0,
    'not-repaired': 4,
  };
  for (const outcome of Object.keys(codes) as Outcome[])
    assert.equal(codeOf({ outcome }), codes[outcome], outcome);
});

test('a cancel is told as one, unless it came too late or the rollback needs a person', () => {
  const cancelled = true;
  assert.equal(codeOf({ cancelled, outcome: 'rolled-back' }), 5);
  assert.equal(codeOf({ cancelled, outcome: 'rejected' }), 5);
  assert.equal(codeOf({ cancelled, outcome: 'deployed' }), 0);
  assert.equal(codeOf({ cancelled, outcome: 'needs-operator' }), 4);
  assert.equal(codeOf({ cancelled, outcome: 'accepted' }), 4);
});

test('what stands on a host unverified is not told as rolled back', () => {
  const hosts = { web1: { state: 'needs-operator', live: null, problem: null } } as const;
  assert.equal(codeOf({ outcome: 'rolled-back', hosts }), 4);
  assert.equal(codeOf({ outcome: 'deployed', hosts }), 4);
});

test('a run that ended without a word needs a person to look', () => {
  assert.equal(exitCodeOf(null), 4);
  assert.equal(codeOf({ outcome: null }), 4);
});
