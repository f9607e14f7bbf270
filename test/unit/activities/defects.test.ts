import { AssertionError } from 'node:assert';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { endingAtDefects, isDefect } from '../../../src/activities/defects';
import { HELPER_PATH } from '../../../src/contract/contract';
import { fail, failureOf } from '../../../src/deployment/failures';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

const network = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test('mistakes of a program are a defect, and what hosts, disks and people do is none', () => {
  const missing: { field?: { of: string } } = {};
  for (const error of [
    thrownBy(() => (missing as { field: { of: string } }).field.of),
    thrownBy(() => new Array(-1)),
    thrownBy(() => JSON.parse('{')),
    thrownBy(() => new URL('no url')),
    thrownBy(() => z.string().parse(1)),
    thrownBy(() => decodeURIComponent('%')),
    new AssertionError({ message: 'x' }),
    new Error('a step runs only inside a workflow'),
    'a text',
    undefined,
  ])
    assert.equal(isDefect(error), true, String(error));
  for (const error of [
    fail('HostUnreachable', 'x', { host: null, advice: 'y' }),
    ApplicationFailure.retryable('x'),
    new CancelledFailure('x'),
    thrownBy(() => readFileSync('/nowhere')),
    network,
    Object.assign(new Error('no such key'), { level: 'client-authentication' }),
    AbortSignal.abort().reason,
    thrownBy(() => AbortSignal.abort().throwIfAborted()),
  ])
    assert.equal(isDefect(error), false, String(error));
});

test('a defect ends its step at once, names the step and the place, and repeats nothing of what it was about', async () => {
  const secret = 's3cr3t\u001b[31m';
  const step = endingAtDefects(async (_: { host: never }) => {
    throw Object.assign(new TypeError(`cannot read ${HELPER_PATH}`), { detail: secret });
  });
  const host = { name: 'web1' } as never;
  const error = await new MockActivityEnvironment({ activityType: 'markGood' }).run(step, { host }).then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure && error.nonRetryable === true);
  const failure = failureOf(error);
  assert.equal(failure?.type, 'Unexpected');
  assert.match(
    failure?.message ?? '',
    /^The step markGood failed by a defect of Landfall \(TypeError: cannot read /,
  );
  assert.equal(failure?.details.host, 'web1');
  assert.match(failure?.details.advice ?? '', /report this/);
  const frames = (failure?.details.evidence?.output ?? '').split('\n');
  assert.ok(frames.length <= 8 && frames.every((line) => line.trim().startsWith('at ')), frames.join('\n'));
  assert.doesNotMatch(JSON.stringify(failure), /s3cr3t/);
});

test('any other error passes as it is', async () => {
  const step = endingAtDefects(async () => {
    throw network;
  });
  await assert.rejects(new MockActivityEnvironment().run(step, {}), (error) => error === network);
});
