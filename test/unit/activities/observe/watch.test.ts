import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Watch } from '../../../../src/activities/observe/watch';
import type { ProbeAnswer, UnitState } from '../../../../src/contract/contract-types';
import { settings } from '../../../harness/deploy-input';
import { answer, invocation, RELEASE, unit } from '../../../harness/unit-state';

const ready = answer(200);

/** A release that was there before. */
const HOST = { bind: { host: '127.0.0.1', port: 8000 } };
const THERE = { host: HOST, commit: null, proven: false, start: null };
let watch: Watch;
beforeEach(() => {
  watch = new Watch({ ...THERE, settings: settings(), release: RELEASE });
});

/** The count of good answers after these. */
function counts(...seen: [Partial<UnitState>, ProbeAnswer][]): number[] {
  return seen.map(([changes, given]) => {
    watch.see(unit(changes), given);
    return watch.goodAnswers;
  });
}

test('answers in a row are counted from the second one of a start', () => {
  assert.deepEqual(counts([{}, ready], [{}, ready], [{}, answer(204)]), [0, 1, 2]);
  assert.equal(watch.inWords(), '/health/ready: status 204, 2 of 3 in a row');
});

test('anything but a good answer resets the count', () => {
  for (const bad of [answer(503), answer(302), answer(404), answer(null, 'connection refused')]) {
    watch = new Watch({ ...THERE, settings: settings(), release: RELEASE });
    assert.deepEqual(counts([{}, ready], [{}, ready], [{}, bad], [{}, ready]), [0, 1, 0, 1]);
  }
});

test('a new start resets the count: its first good answer may be from the previous one', () => {
  assert.deepEqual(
    counts(
      [{}, ready],
      [{}, ready],
      [{ invocation: invocation('b') }, ready],
      [{ invocation: invocation('b') }, ready],
    ),
    [0, 1, 0, 1],
  );
  assert.equal(watch.invocation, invocation('b'));
});

test('a start that ended before the first look is the one whose journal tells', () => {
  watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, commit: 'c', start: 'a' });
  watch.seeUnit(unit({ active: 'activating', sub: 'auto-restart', mainPid: 0, invocation: '' }));
  assert.equal(watch.tellingStart, 'a');
  watch.seeUnit(unit({ invocation: invocation('b'), restarts: 1 }));
  assert.equal(watch.tellingStart, 'a');
});

test('good answers of another release, or of a foreign process, do not count', () => {
  assert.deepEqual(counts([{ release: '3-0f0f0f0' }, ready], [{ release: '3-0f0f0f0' }, ready]), [0, 0]);
  assert.match(watch.inWords(), /but the running process is 3-0f0f0f0, not 4-1a2b3c4$/);
  assert.deepEqual(counts([{ release: null }, ready]), [0]);
  assert.match(watch.inWords(), /but the running process is not a release, not 4-1a2b3c4$/);
});

test('good answers do not count while another process listens on the address, or none', () => {
  assert.deepEqual(
    counts([{}, ready], [{ listener: 'other' }, ready], [{ listener: 'nobody' }, ready]),
    [0, 0, 0],
  );
  assert.match(watch.inWords(), /status 200; but shop\.service does not listen on its address$/);
  watch.see(unit({ listener: 'other' }), ready);
  assert.match(watch.inWords(), /but its address is answered by a process outside of shop\.service$/);
  assert.deepEqual(counts([{ listener: 'unknown' }, ready]), [0]);
  assert.match(watch.inWords(), /but shop\.service has too many processes or open files to tell who/);
});

test('good answers do not count while the unit only starts', () => {
  assert.deepEqual(counts([{ active: 'activating', sub: 'start' }, ready]), [0]);
  assert.match(watch.inWords(), /but shop\.service is activating \(start\)$/);
  assert.equal(watch.crashLoop(), null);
});

test('a unit from before Landfall is judged by its state: any answer is one', () => {
  const FOREIGN = { release: null };
  watch = new Watch({ ...THERE, settings: settings(), release: null });
  assert.deepEqual(counts([FOREIGN, ready], [FOREIGN, answer(404)], [FOREIGN, answer(503)]), [0, 1, 2]);
  assert.match(watch.inWords(), /2 of 3 in a row$/);
  const many = Array.from({ length: 40 }, (_, at) => at);
  watch.seeUnit(unit({ ...FOREIGN, workers: many }));
  assert.equal(watch.crashLoop(), null, 'it has as many processes as it likes');
  watch.see(unit({ ...FOREIGN, active: 'failed', mainPid: 0 }), answer(null));
  assert.match(watch.crashLoop() ?? '', /is failed/);
});

test('a unit from before Landfall that answered before has to answer so again', () => {
  const verdicts = (verified: 'ready' | 'answers', given: ProbeAnswer) => {
    watch = new Watch({ ...THERE, settings: settings(), release: null, verified }, () => 60_000);
    watch.see(unit({ release: null }), given);
    watch.see(unit({ release: null }), given);
    return watch.goodAnswers;
  };
  assert.equal(verdicts('ready', ready), 1);
  assert.equal(verdicts('ready', answer(404)), 0);
  assert.equal(verdicts('answers', answer(404)), 1);
  assert.equal(verdicts('answers', answer(null, 'connection refused')), 0, 'although it listens there');
});

test('a unit from before Landfall that does not answer at the address has to run for a while', () => {
  let now = 0;
  const seen = (listener: UnitState['listener'], given: ProbeAnswer, invocations = 'aaa') => {
    watch = new Watch({ ...THERE, settings: settings(), release: null }, () => now);
    return [0, 2_000, 5_000].map((at, look) => {
      now = at;
      watch.see(unit({ release: null, listener, invocation: invocation(invocations[look] ?? 'a') }), given);
      return watch.goodAnswers;
    });
  };
  const none = answer(null, 'connection refused');
  assert.deepEqual(seen('unit', none), [0, 1, 2], 'it speaks no HTTP');
  assert.deepEqual(seen('nobody', none), [0, 0, 1]);
  assert.deepEqual(seen('nobody', none, 'abc'), [0, 0, 0]);
  assert.deepEqual(seen('other', ready), [0, 0, 1], 'the answer is from another program');
  assert.deepEqual(seen('shared', ready), [0, 0, 0], 'the new release still answers');
});

test('a unit that failed, or is just gone, will not become ready', () => {
  watch.see(
    unit({ active: 'failed', sub: 'failed', result: 'exit-code', invocation: '', mainPid: 0 }),
    answer(null),
  );
  assert.equal(watch.crashLoop(), 'shop.service is failed (failed), result exit-code');
  watch.see(unit({ active: 'inactive', sub: 'dead', mainPid: 0 }), answer(null));
  assert.equal(watch.crashLoop(), 'shop.service is inactive (dead)');
});

test('of a release that was there before, the second restart by systemd itself is a loop, the first is not yet', () => {
  const waiting = { active: 'activating', sub: 'auto-restart', result: 'exit-code', mainPid: 0 };
  watch.see(unit({ ...waiting, restarts: 1 }), answer(null));
  assert.equal(watch.crashLoop(), null);
  watch.see(unit({ ...waiting, restarts: 2 }), answer(null));
  assert.match(watch.crashLoop() ?? '', /auto-restart.*result exit-code, restarts: 2$/);
});

test('a new release must not end even once', () => {
  const waiting = { active: 'activating', sub: 'auto-restart', result: 'exit-code', mainPid: 0 };
  watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, commit: '1a2b3c4' });
  watch.see(unit({ ...waiting, restarts: 0 }), answer(null));
  assert.equal(watch.crashLoop(), null, 'its first start may still be under way');
  watch.see(unit({ ...waiting, restarts: 1 }), answer(null));
  assert.match(watch.crashLoop() ?? '', /restarts: 1$/);
});

test('a release that has served already must neither end nor restart between two looks', () => {
  const proven = () =>
    new Watch({ ...THERE, settings: settings(), release: RELEASE, commit: '1a2b3c4', proven: true });
  watch = proven();
  watch.see(unit({ active: 'activating', sub: 'auto-restart', result: 'signal', mainPid: 0 }), answer(null));
  assert.match(watch.crashLoop() ?? '', /result signal$/);
  watch = proven();
  watch.see(unit({ invocation: invocation('a') }), answer(200));
  assert.equal(watch.crashLoop(), null);
  watch.see(unit({ invocation: invocation('b') }), answer(200));
  assert.notEqual(watch.crashLoop(), null);
});

test('while the previous release still accepts too, no answer counts; nor does the first one afterwards', () => {
  watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, commit: '1a2b3c4', proven: true });
  const shared = counts([{ listener: 'shared' }, answer(200)], [{ listener: 'shared' }, answer(200)]);
  assert.deepEqual(shared, [0, 0]);
  assert.match(watch.inWords(), /the previous release still takes connections too/);
  assert.deepEqual(counts([{}, answer(200)], [{}, answer(200)]), [0, 1]);
});

test('bad answers are counted in time from the first one that is certainly its own', () => {
  let time = 1000;
  watch = new Watch(
    { ...THERE, settings: settings(), release: RELEASE, commit: '1a2b3c4', proven: true },
    () => time,
  );
  watch.see(unit({ listener: 'shared' }), answer(503));
  assert.equal(watch.badFor, 0);
  watch.see(unit(), answer(503));
  assert.equal(watch.badFor, 0, 'it may have been the one before');
  watch.see(unit(), answer(503));
  time = 1700;
  assert.equal(watch.badFor, 700);
  watch.see(unit(), answer(200));
  assert.equal(watch.badFor, 0);
});

test('an answer that has to name its release is checked, in a header and in a field', () => {
  const { readiness } = settings();
  const seen = (where: { header: string } | { field: string }, given: Partial<ProbeAnswer>) => {
    const named = settings({ readiness: { ...readiness, release: where } });
    watch = new Watch({ ...THERE, settings: named, release: RELEASE, commit: '1a2b3c4d5e6f' });
    watch.see(unit(), { ...answer(200), ...given });
    watch.see(unit(), { ...answer(200), ...given });
    return watch.goodAnswers === 1 ? 'right' : watch.inWords();
  };
  const header = { header: 'X-Release' };
  assert.equal(seen(header, { headers: { 'x-release': RELEASE } }), 'right');
  assert.equal(seen(header, { headers: { 'x-release': '1A2B3C4' } }), 'right');
  assert.match(
    seen(header, { headers: { 'x-release': '1a2b3' } }),
    /its header X-Release does not name 4-1a2b3c4$/,
  );
  // The value may be a secret; only the host can tell.
  assert.doesNotMatch(seen(header, { headers: { 'x-release': '3-fffffff' } }), /3-fffffff/);
  assert.match(seen(header, {}), /its header X-Release is missing/);
  const field = { field: 'build.commit' };
  assert.equal(seen(field, { body: '{"build":{"commit":"1a2b3c4d5e6f"}}' }), 'right');
  assert.match(seen(field, { body: '{"build":"1a2b3c4"}' }), /its field build\.commit is missing/);
  assert.match(seen(field, { body: 'ok' }), /is missing/);
});

test('ever new workers are a loop although systemd sees none; one replaced worker is not', () => {
  let pid = 200;
  const seenUntilLoop = () => {
    for (let each = 1; each <= 50; each += 1) {
      watch.see(unit({ workers: [pid++, pid++] }), answer(null));
      if (watch.crashLoop() !== null) return each;
    }
    return null;
  };
  watch.see(unit({ workers: [101, 102] }), answer(null));
  watch.see(unit({ workers: [101, 103] }), answer(null));
  assert.equal(watch.crashLoop(), null);
  const looks = seenUntilLoop();
  assert.ok(looks !== null && looks <= 4, String(looks));
  assert.match(watch.crashLoop() ?? '', /^\d+ workers were started one after the other$/);
});

test('the start whose journal is wanted is the last one that there was', () => {
  watch.see(unit({ invocation: invocation('a') }), answer(null));
  watch.see(unit({ invocation: '', mainPid: 0, active: 'activating', sub: 'auto-restart' }), answer(null));
  assert.equal(watch.invocation, invocation('a'));
});

test('nothing is known before the first look', () => {
  assert.equal(watch.inWords(), 'readiness was not asked yet');
  assert.equal(watch.crashLoop(), null);
});

test('an answer that waiting does not repair ends the wait for a new release, and only for that', () => {
  let now = 0;
  const lost = (commit: string | null) => {
    watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, commit }, () => now);
    for (now = 0; now < 3_000; now += 500) watch.see(unit(), answer(404));
    now = 2_999;
    assert.equal(watch.isHopeless, false);
    now = 3_000;
    watch.see(unit(), answer(404));
    return watch.isHopeless;
  };
  assert.equal(lost('1a2b3c4'), true);
  assert.equal(watch.inWords(), '/health/ready: answered 404: the app has no route GET /health/ready');
  watch.see(unit(), answer(503));
  assert.equal(watch.isHopeless, false);
  assert.equal(lost(null), false, 'it was good before');
});

test('answers of the release before do not end the wait', () => {
  let now = 0;
  watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, commit: 'c' }, () => now);
  for (now = 0; now < 9_000; now += 500) watch.see(unit({ release: '3-0f0f0f0' }), answer(404));
  assert.equal(watch.isHopeless, false);
});

test('a body that says degraded is not ready, unless readiness.expect leaves it out', () => {
  const degraded = { ...answer(200), body: '{"status": "degraded"}' };
  assert.deepEqual(counts([{}, degraded], [{}, degraded]), [0, 0]);
  assert.equal(watch.inWords(), '/health/ready: answered 200, but its field status says degraded');
  const { readiness, ...rest } = settings();
  const ignoring = { ...rest, readiness: { ...readiness, expect: false as const } };
  watch = new Watch({ ...THERE, settings: ignoring, release: RELEASE });
  assert.deepEqual(counts([{}, degraded], [{}, degraded]), [0, 1]);
});

test('a release that has proven itself flaps when its answers turn bad three times', () => {
  const alternates = (changes: { proven: boolean; commit: string | null }): string | null => {
    watch = new Watch({ ...THERE, settings: settings(), release: RELEASE, ...changes });
    for (let turn = 0; turn < 3; turn++) {
      watch.see(unit(), ready);
      watch.see(unit(), answer(503));
    }
    return watch.flaps();
  };
  assert.equal(alternates({ proven: true, commit: 'c' }), 'flapping: turned bad 3 times in 6 answers');
  assert.equal(watch.badAnswers, '3 of 6 answers bad');
  assert.equal(alternates({ proven: false, commit: 'c' }), null, 'its workers may still start');
  assert.equal(alternates({ proven: true, commit: null }), null, 'a rollback gets its time');
});
