import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { soak } from '../../../../src/activities/observe/soak';
import type { Noted } from '../../../../src/activities/step';
import type { Beat } from '../../../../src/activities/step-time';
import { settings, soakOf } from '../../../harness/deploy-input';
import { FakeHost } from '../../../harness/fake-host';
import { answer, RELEASE, unit } from '../../../harness/unit-state';
import { failsWith } from '../../ssh/access';

const HOUR = 3_600_000;

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());
beforeEach(() => {
  host.asked.length = 0;
  sees(200);
});

/** From now on the service answers so. */
function sees(status: number): void {
  host.answers = {
    observe: () => unit({}),
    probe: () => ({ ...answer(status), body: '' }),
    evidence: ({ texts }) => ({ unit: unit({}), journal: [], texts }),
  };
}

/** @param info what the engine says of this attempt */
function soaking(
  durationMs: number,
  info: Partial<MockActivityEnvironment['context']['info']>,
  interval = 100,
) {
  const environment = new MockActivityEnvironment(info);
  const input = {
    service: 'shop',
    host: host.target,
    claim: { fence: 1, seq: 1 },
    release: RELEASE,
    commit: 'c'.repeat(40),
    settings: settings(),
    soak: soakOf(durationMs, { interval }),
    slice: { durationMs, number: 0 },
  };
  const beats: Beat[] = [];
  environment.on('heartbeat', (beat: Beat) => beats.push(beat));
  const ended = environment.run(soak(host.dependencies), input) as Promise<Noted>;
  return { ended, beats };
}

const looks = () => host.asked.filter((verb) => verb === 'probe').length;

for (const hours of [-2, 0, 2]) {
  const scheduledTimestampMs = () => Date.now() + hours * HOUR;
  test(`a soak of 2 s looks for 2 s, on an engine whose clock is ${hours} h off`, async () => {
    const { ended, beats } = soaking(2_000, { scheduledTimestampMs: scheduledTimestampMs() });
    assert.match((await ended).note, /^2\.0 s, \d+ looks$/);
    assert.ok((beats.at(-1)?.workedMs ?? 0) >= 2_000, 'it has looked for that long');
    assert.ok(looks() > 3, 'and not only as often as it has to');
  });

  test(`a bad release is found in it, on an engine whose clock is ${hours} h off`, async () => {
    sees(503);
    const { ended } = soaking(60_000, { scheduledTimestampMs: scheduledTimestampMs() });
    await failsWith(ended, 'NotReady', /went bad in its soak: \/health\/ready: status 503/);
  });
}

test('between two looks far apart the host is asked to wait, in whole milliseconds', async () => {
  const { ended } = soaking(2_500, {}, 1_200);
  await ended;
  assert.ok(host.asked.filter((verb) => verb === 'observe').length > looks());
});

test('an attempt after an hour without a worker continues where the previous one was', async () => {
  const engine = Date.now();
  const info = {
    scheduledTimestampMs: engine - HOUR,
    currentAttemptScheduledTimestampMs: engine,
    attempt: 2,
  };
  const { ended, beats } = soaking(60_000, { ...info, heartbeatDetails: { said: '', workedMs: 58_000 } });
  await ended;
  assert.ok((beats[0]?.workedMs ?? 0) >= 58_000, 'what was watched before counts');
  assert.ok((beats.at(-1)?.workedMs ?? 0) >= 60_000, 'and the hour does not');
});

test('an attempt that comes after the end still looks', async () => {
  await soaking(1_000, { attempt: 2, heartbeatDetails: { said: '', workedMs: 5_000 } }).ended;
  assert.equal(looks(), 3);
});
