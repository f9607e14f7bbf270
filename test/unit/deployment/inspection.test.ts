import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClaimRecord, ReleaseRecord, UnitState } from '../../../src/contract/contract-types';
import { goodBefore, inspectionOf, isAbandoned } from '../../../src/deployment/inspection';
import { ANSWERS } from '../../harness/answers';
import { NO_SOCKET, probe } from '../../harness/inspections';
import { unit } from '../../harness/unit-state';

const release = (id: string, good: string | null, before: string | null = null): ReleaseRecord => ({
  id,
  commit: `commit of ${id}`,
  content: id,
  created: '2026-01-01T00:00:00Z',
  good,
  before,
  venv: null,
});
// 1, then 4, then 3 became good; from 3 a person went back to 4, and then 5 was deployed.
const releases = [
  release('1-aaaaaaa', '2026-01-01T10:00:00Z'),
  release('3-ccccccc', '2026-01-03T10:00:00Z', '4-ddddddd'),
  release('2-bbbbbbb', null),
  release('4-ddddddd', '2026-01-02T10:00:00Z', '1-aaaaaaa'),
  release('5-eeeeeee', '2026-01-04T10:00:00Z', '4-ddddddd'),
];
const previous = (live: string | null) => goodBefore(live, releases)?.id ?? null;

test('a rollback goes to what was last good when the live release became so', () => {
  assert.equal(previous('3-ccccccc'), '4-ddddddd');
  assert.deepEqual(goodBefore('4-ddddddd', releases), {
    id: '1-aaaaaaa',
    commit: 'commit of 1-aaaaaaa',
  });
});

test('a rollback never goes to a release that was itself gone back from', () => {
  assert.equal(previous('5-eeeeeee'), '4-ddddddd');
});

test('an abandoned deploy is known by its open claim', () => {
  const live = { mainPid: 7, release: '3-ccccccc' } as UnitState;
  const claim = { state: 'open' } as ClaimRecord;
  const ended = { state: 'closed' } as ClaimRecord;
  assert.equal(isAbandoned({ claim, live, lastGood: '1-aaaaaaa' }, true), true);
  assert.equal(isAbandoned({ claim, live: { ...live, mainPid: 0 }, lastGood: '3-ccccccc' }, true), true);
  assert.equal(isAbandoned({ claim, live, lastGood: '3-ccccccc' }, true), false);
  assert.equal(
    isAbandoned({ claim, live, lastGood: '3-ccccccc' }, false),
    true,
    'perhaps just started again',
  );
  const stopping = { ...live, active: 'deactivating' };
  assert.equal(isAbandoned({ claim, live: stopping, lastGood: '3-ccccccc' }, true), true);
  assert.equal(isAbandoned({ claim: ended, live, lastGood: '1-aaaaaaa' }, false), false);
  assert.equal(isAbandoned({ claim: null, live, lastGood: null }, false), false);
});

test('before the first good release there is nothing to go back to', () => {
  assert.equal(previous('1-aaaaaaa'), null);
  assert.equal(goodBefore(null, []), null);
});

test('a live release that never was good, or none, goes back to the newest good one', () => {
  assert.equal(previous('2-bbbbbbb'), '5-eeeeeee');
  assert.equal(previous(null), '5-eeeeeee');
});

test('a unit with unknown state is not treated as stopped', () => {
  const live = unit({ mainPid: null, restarts: null, exitStatus: null });
  const policy = { unit: 'shop.service' };
  const facts = { ...ANSWERS.inspect, live, policy: { ...ANSWERS.inspect.policy, ...policy } };
  const answer = { ready: true, why: '', probe: probe() };
  const seen = inspectionOf(facts, { kept: new Map(), socket: NO_SOCKET, answer, engine: 'any' });
  assert.deepEqual([seen.running, seen.liveIsInstance], [true, false]);
});
