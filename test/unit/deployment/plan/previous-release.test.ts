import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../../src/deployment/failures';
import type { Inspection } from '../../../../src/deployment/inspection';
import { goodReleaseOf, previousCommit } from '../../../../src/deployment/plan/previous-release';
import { LIVE_AND_READY, OLD, OLD_COMMIT } from '../../../harness/inspections';

const BEFORE = { id: '0-9999999', commit: '9'.repeat(40) };
const back: Inspection = { ...LIVE_AND_READY, previousGood: BEFORE };
/** An abandoned deploy put another release in service there. */
const left: Inspection = {
  ...LIVE_AND_READY,
  live: '2-bbbbbbb',
  abandoned: true,
  previousGood: { id: OLD, commit: OLD_COMMIT },
};
const on = (...seen: (Inspection | null)[]) => seen.map((one, at) => ({ name: `web${at + 1}`, seen: one }));

test('a rollback goes to the good release before the live one, the same on all hosts', () => {
  assert.equal(previousCommit(on(back, back)), BEFORE.commit);
});

test('hosts that the abandoned deploy had not reached have the wanted release in service', () => {
  assert.equal(previousCommit(on(left, back)), OLD_COMMIT);
  assert.deepEqual(goodReleaseOf(OLD_COMMIT, back), { id: OLD, commit: OLD_COMMIT });
  assert.deepEqual(goodReleaseOf(BEFORE.commit, back), BEFORE);
  assert.equal(goodReleaseOf('c'.repeat(40), back), null);
});

test('hosts that have no such release in common are named', () => {
  for (const hosts of [on(back, LIVE_AND_READY), on(back, null), on(back, { ...back, previousGood: null })])
    assert.throws(
      () => previousCommit(hosts),
      (error) => {
        assert.match(failureOf(error)?.message ?? '', /all hosts have \(web1: 9999999, web2: none\)/);
        return true;
      },
    );
});
