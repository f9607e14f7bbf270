import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type StartedRelease, startRelease } from '../../../../src/activities/change/start-release';
import type { UnitState } from '../../../../src/contract/contract-types';
import { settings } from '../../../harness/deploy-input';
import { FakeHost } from '../../../harness/fake-host';
import { RELEASE, unit } from '../../../harness/unit-state';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());

function started(state: 'up' | 'failed', changes: Partial<UnitState>): Promise<StartedRelease> {
  const seen = unit(changes);
  host.answers = {
    start: () => ({ unit: seen, state, note: null }),
    evidence: () => ({ unit: seen, journal: [], texts: {} }),
  };
  return new MockActivityEnvironment().run(startRelease(host.dependencies), {
    service: 'shop',
    host: host.target,
    claim: { fence: 1, seq: 1 },
    release: RELEASE,
    trial: true,
    settings: settings(),
  });
}

test('a release is proven when the gate says that every worker has proven itself', async () => {
  const gate = { ready: 2, unproven: 0, ms: 812, note: null };
  assert.deepEqual(await started('up', { gate }), {
    note: 'landfall gate: 2 workers ready after 0.8 s',
    proven: true,
  });
});

test('a release is not proven with a worker that is unproven, without a gate, or on another’s word', async () => {
  const unproven = { ready: 2, unproven: 1, ms: 9_000, note: 'GUNICORN_CMD_ARGS has replaced the class' };
  assert.deepEqual(await started('up', { gate: unproven }), {
    note: 'landfall gate: 2 workers ready after 9.0 s, 1 unproven; GUNICORN_CMD_ARGS has replaced the class',
    proven: false,
  });
  assert.deepEqual(await started('up', { gate: { none: 'worker class x is not one it knows' } }), {
    note: 'landfall gate: none, worker class x is not one it knows',
    proven: false,
  });
  const status = 'landfall gate: 2 workers ready after 0.3 s';
  assert.equal((await started('up', { status })).proven, false);
  assert.equal((await started('up', { gate: { ready: 0, unproven: 0, ms: 1, note: null } })).proven, false);
});

test('a release that its gate refuses is not ready, with the gate’s reason', async () => {
  const refused = 'not ready within 3 s: /health/ready answered 503';
  await assert.rejects(started('failed', { gate: { refused }, active: 'failed', exitStatus: 3 }), {
    type: 'NotReady',
    message: `${RELEASE} did not become ready on ${host.target.name}: ${refused}`,
  });
});

test('a release that ends by itself is a crash loop, with what systemd says', async () => {
  await assert.rejects(started('failed', { active: 'failed', result: 'exit-code', exitStatus: 1 }), {
    type: 'CrashLoop',
    message: `${RELEASE} did not become ready on ${host.target.name}: it ended with exit status 1.`,
  });
});

test('a release that cannot be imported names the cause and the way', async () => {
  const refused = "not ready: KeyError: 'STRIPE_KEY' (main.py line 2) while importing the application";
  await assert.rejects(started('failed', { gate: { refused }, active: 'failed', exitStatus: 3 }), {
    type: 'NotReady',
    message: `${RELEASE} did not become ready on ${host.target.name}: The environment variable STRIPE_KEY is not set.`,
  });
});
