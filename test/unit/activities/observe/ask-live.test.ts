import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { askLive } from '../../../../src/activities/observe/ask-live';
import type { HandMade, ProbeAnswer, UnitState } from '../../../../src/contract/contract-types';
import type { LiveAnswer } from '../../../../src/deployment/inspection';
import { settings } from '../../../harness/deploy-input';
import { FakeHost } from '../../../harness/fake-host';
import { answer, invocation, unit } from '../../../harness/unit-state';

// This host forbids port forwarding, so that its helper is asked.
let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
beforeEach(() => {
  host.asked.length = 0;
});
after(() => host.stop());

const LATE = { ...answer(null, 'no answer within 2000 ms'), milliseconds: 2_000 };

/** The verdict on a unit whose answers are these, one after the other, the last one again and again. */
async function asked(
  live: UnitState,
  answers: ProbeAnswer[],
  now = live,
  handMade?: HandMade,
): Promise<LiveAnswer> {
  let nth = 0;
  host.answers = { probe: () => answers[Math.min(nth++, answers.length - 1)], observe: () => now };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const probe = { address: host.target.bind, settings: settings(), moved: false };
  const on = { service: 'shop', host: host.target };
  return environment.run(() => askLive(host.dependencies, on, { live, handMade }, [probe]));
}

test('one bad answer of a live release is not yet believed', async () => {
  assert.equal((await asked(unit(), [answer(503), answer(503), answer(200)])).ready, true);
  assert.equal((await asked(unit(), [answer(503)])).why, '/health/ready: status 503');
});

test('a release of which some workers are busy is ready', async () => {
  assert.equal((await asked(unit(), [LATE, LATE, LATE, answer(200)])).ready, true);
});

test('a release that answers nothing in time while it runs is called busy', async () => {
  const { ready, why } = await asked(unit(), [LATE]);
  assert.equal(ready, false);
  assert.equal(
    why,
    '/health/ready: no answer within 2 s (readiness.requestTimeout) to 6 questions, while shop.service runs: its workers are busy or hang',
  );
  assert.equal(host.asked.filter((verb) => verb === 'probe').length, 6);
});

test('a unit from before Landfall is ready while the same process is active, whatever it answers', async () => {
  const foreign = unit({ release: null });
  for (const each of [answer(404), answer(503), answer(null, 'connection refused')])
    assert.equal((await asked(foreign, [each])).ready, true);
  const restarted = { ...foreign, invocation: invocation('b'), mainPid: 200 };
  assert.match((await asked(foreign, [answer(200)], restarted)).why, /its process has changed/);
  const failed = { ...foreign, active: 'failed', sub: 'failed' };
  assert.equal((await asked(foreign, [answer(200)], failed)).why, 'shop.service is failed (failed)');
});

test('a unit from before Landfall is asked at its own address, and a rollback waits for what it answered', async () => {
  const foreign = unit({ release: null });
  const [silent, speaks] = [
    { host: '127.0.0.1', port: 9001 },
    { host: '127.0.0.1', port: 9002 },
  ];
  const before = { listens: [silent, speaks], user: 'www-data', lost: [], directives: [], proxy: null };
  const refused = answer(null, 'connection refused');
  const probeOf = async (...answers: ProbeAnswer[]) => {
    const { probe } = await asked(foreign, answers, foreign, before);
    return { address: probe.address, verified: probe.verified };
  };
  assert.deepEqual(await probeOf(refused, answer(200)), { address: speaks, verified: 'ready' });
  assert.deepEqual(await probeOf(refused, answer(404)), { address: speaks, verified: 'answers' });
  assert.deepEqual(await probeOf(answer(503), answer(200)), { address: silent, verified: 'ready' });
  assert.deepEqual(await probeOf(refused), { address: silent, verified: undefined });
});
