import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFor, lineFor, noticesIn, outagesSince } from '../../../../src/cli/output/run-lines';
import { status } from '../status';

test('a line for each step that ended', () => {
  const step = { id: '5', step: 'restart', summary: 'restart on web1' };
  assert.equal(
    lineFor({ kind: 'ended', ...step, seconds: 1.234, note: '4-1a2b3c4 started', result: {} }),
    '  ✓ restart on web1 · 4-1a2b3c4 started (1.23 s)',
  );
  assert.equal(
    lineFor({ kind: 'ended', ...step, seconds: 61.4, note: '', result: {} }),
    '  ✓ restart on web1 (61 s)',
  );
  const failure = { type: 'NotReady', message: 'status 503', details: null };
  assert.equal(
    lineFor({ kind: 'failed', ...step, seconds: 9.96, failure }),
    '  ✗ restart on web1 · NotReady: status 503 (10 s)',
  );
  assert.equal(lineFor({ kind: 'started', ...step }), null);
  assert.deepEqual([groupFor('rollback'), groupFor('prepare')], ['Rolling back', null]);
});

test('each warning of a step is a line of its own', () => {
  const step = { id: '5', step: 'resolveCommit', summary: 'which commit is main', seconds: 1, note: '' };
  const notices = ['main.py line 3 starts a scheduler.', '.env is not read.'];
  assert.deepEqual(noticesIn({ kind: 'ended', ...step, result: { notices } }), [
    '  ! main.py line 3 starts a scheduler.',
    '  ! .env is not read.',
  ]);
  assert.deepEqual(noticesIn({ kind: 'ended', ...step, result: null }), []);
  assert.deepEqual(noticesIn({ kind: 'closed' }), []);
});

test('a host that cannot be reached is said once', () => {
  const fact = { state: 'unreachable', live: null, problem: 'web2 cannot be reached.' } as const;
  const rollingBack = status({ phase: 'rollback', hosts: { web2: fact } });
  assert.deepEqual(outagesSince(null, rollingBack), ['  ! web2: web2 cannot be reached.']);
  assert.deepEqual(outagesSince(status(), rollingBack), ['  ! web2: web2 cannot be reached.']);
  assert.deepEqual(outagesSince(rollingBack, rollingBack), []);
});

test('more hosts that cannot be reached than a summary names', () => {
  const fact = { state: 'unreachable', live: null, problem: 'no answer' } as const;
  const now = status({ hosts: { web1: fact }, others: { unreachable: 10 } });
  assert.deepEqual(outagesSince(status(), now), [
    '  ! web1: no answer',
    '  ! 10 more hosts cannot be reached',
  ]);
  assert.deepEqual(outagesSince(now, now), []);
});
