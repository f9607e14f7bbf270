import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { awaitReady } from '../../../../src/activities/observe/await-ready';
import type { Noted } from '../../../../src/activities/step';
import type { Beat } from '../../../../src/activities/step-time';
import type { ReadinessSettings } from '../../../../src/config/deploy-input';
import type { UnitState } from '../../../../src/contract/contract-types';
import { settings } from '../../../harness/deploy-input';
import { FakeHost } from '../../../harness/fake-host';
import { answer, invocation, RELEASE, unit } from '../../../harness/unit-state';
import { failsWith } from '../../ssh/access';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());
beforeEach(() => {
  host.asked.length = 0;
  sees({}, 200);
});

/** From now on the host says so. */
function sees(state: Partial<UnitState>, status: number | null): void {
  host.answers = {
    observe: () => unit(state),
    probe: () => ({ ...answer(status, 'connection refused'), body: 'no database' }),
    evidence: ({ invocation, texts }) => ({ unit: unit(state), journal: [`of ${invocation}`], texts }),
  };
}

/** @param since milliseconds from the first scheduling of the step to that of this attempt, by the engine's clock */
function awaiting(
  changes: Partial<ReadinessSettings> = {},
  since = 0,
  engine = Date.now(),
  commit: string | null = null,
) {
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: engine - since, currentAttemptScheduledTimestampMs: engine },
    { logger: new DefaultLogger('ERROR') },
  );
  const base = settings();
  const input = {
    service: 'shop',
    host: host.target,
    release: RELEASE,
    commit,
    proven: false,
    start: null,
    settings: settings({ readiness: { ...base.readiness, ...changes } }),
  };
  const ended = environment.run(awaitReady(host.dependencies), input) as Promise<Noted>;
  return { environment, ended };
}

test('answers in a row from the release make it ready', async () => {
  const { note } = await awaiting({ successes: 3 }).ended;
  assert.match(note, /^ready after \d+\.\d s, 3 answers in a row$/);
  assert.deepEqual(host.asked, ['observe', 'probe', 'probe', 'probe', 'observe']);
});

test('a question without an answer while the line stood still does not count against the service', async () => {
  const [fromThen, inBetween] = [Date.now() + 50, 5_700];
  let stood = false;
  sees({}, null);
  const { observe, probe } = host.answers;
  host.answers.observe = async (request) => {
    if (Date.now() > fromThen && !stood) {
      stood = true;
      await new Promise((resolve) => setTimeout(resolve, inBetween));
      sees({}, 200);
    }
    return observe?.(request);
  };
  host.answers.probe = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return probe?.(request);
  };
  const { note } = await awaiting({ timeout: 1_000, requestTimeout: 500 }).ended;
  assert.match(note, /answers in a row/);
  assert.ok(stood, 'the line stood still');
});

test('at the deadline it is not ready, and the evidence is of that start', async () => {
  sees({}, 503);
  const { message, details } = await failsWith(awaiting({ timeout: 500 }).ended, 'NotReady', /within 0\.5 s/);
  assert.equal(
    message,
    'shop on web1 was not ready within 0.5 s (readiness.timeout): /health/ready: status 503.',
  );
  assert.deepEqual(details.evidence?.journal, [`of ${invocation('a')}`]);
  assert.equal(details.evidence?.lastAnswer, 'status 503\nno database');
});

test('what an answer names as its release is told by the host alone, which knows what is secret', async () => {
  sees({}, 200);
  host.answers = {
    ...host.answers,
    probe: () => ({ ...answer(200), headers: { 'x-release': 'hush' }, body: 'ready' }),
    evidence: ({ texts }) => ({
      unit: unit(),
      journal: [],
      texts: JSON.parse(JSON.stringify(texts).replace('hush', '[redacted:TOKEN]')),
    }),
  };
  const { message, details } = await failsWith(
    awaiting({ timeout: 500, release: { header: 'X-Release' } }, 0, Date.now(), '1a2b3c4').ended,
    'NotReady',
    /its header X-Release does not name 4-1a2b3c4/,
  );
  assert.doesNotMatch(message, /hush/);
  assert.equal(details.evidence?.lastAnswer, 'status 200\nX-Release: [redacted:TOKEN]\nready');
});

test('the time counts from the first scheduling: a later attempt gets no new one', async () => {
  sees({}, null);
  await failsWith(
    awaiting({ timeout: 60_000 }, 61_000).ended,
    'NotReady',
    /no answer: connection refused\.$/,
  );
  assert.equal(host.asked.filter((verb) => verb === 'probe').length, 1);
});

for (const hours of [-2, 2]) {
  test(`an engine whose clock is ${hours} h off neither ends it early nor keeps it waiting`, async () => {
    sees({}, 503);
    const engine = Date.now() + hours * 3_600_000;
    await failsWith(awaiting({ timeout: 500 }, 0, engine).ended, 'NotReady', /within 0\.5 s/);
    assert.ok(host.asked.filter((verb) => verb === 'probe').length > 1, 'it was not given up at once');
    sees({}, 200);
    assert.match((await awaiting({ timeout: 60_000 }, 0, engine).ended).note, /^ready after \d\.\d s/);
  });
}

test('a good streak that is too short at the deadline is not ready, and says how long it was', async () => {
  const { message } = await failsWith(
    awaiting({ timeout: 300, successes: 1000 }).ended,
    'NotReady',
    /was not ready/,
  );
  assert.match(message, /\/health\/ready: status 200, \d+ of 1000 in a row\.$/);
});

test('a crash loop ends it long before the deadline', async () => {
  sees({ active: 'activating', sub: 'auto-restart', result: 'exit-code', restarts: 2, mainPid: 0 }, null);
  const { message } = await failsWith(awaiting({ timeout: 60_000 }).ended, 'CrashLoop', /keeps crashing/);
  assert.match(message, /^shop on web1 keeps crashing: shop\.service is activating \(auto-restart\)/);
});

test('readiness is asked until the release answers', async () => {
  sees({ active: 'activating', sub: 'start' }, null);
  const { environment, ended } = awaiting();
  const beats: unknown[] = [];
  environment.on('heartbeat', ({ said }: Beat) => {
    beats.push(said);
    if (beats.length === 3) sees({}, 503);
    if (beats.length === 6) sees({}, 200);
  });
  assert.match((await ended).note, /^ready after/);
  // Every 2 s the last word is said again, and nothing before the first one: on a busy machine that shifts them.
  const [first] = beats.filter((beat) => beat !== '');
  assert.match(String(first), /no answer: connection refused; but shop\.service is activating \(start\)$/);
  assert.ok(beats.includes('/health/ready: status 503'), beats.join('\n'));
});

test('a cancel ends it at once, as a cancel', async () => {
  sees({}, 503);
  const { environment, ended } = awaiting();
  environment.once('heartbeat', () => environment.cancel());
  await assert.rejects(ended, CancelledFailure);
});
