import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { fail, failureOf } from '../../../src/deployment/failures';

const details = { host: 'web1', advice: 'Look there.' };
const wrapped = (cause: Error) =>
  new ActivityFailure('activity failed', 'restart', '1', RetryState.TIMEOUT, 'worker', cause);
const timeout = (cause?: Error) =>
  Object.assign(new TimeoutFailure('timed out', null, TimeoutType.HEARTBEAT), { cause });

test('only what trying again can help is retried', () => {
  assert.equal(fail('HostUnreachable', '', details).nonRetryable, false);
  assert.equal(fail('OutcomeUnknown', '', details).nonRetryable, false);
  for (const type of ['InvalidInput', 'HostKeyMismatch', 'CommandFailed', 'NotReady', 'Fenced'] as const) {
    assert.equal(fail(type, '', details).nonRetryable, true, type);
  }
});

test("a step's failure is found behind Temporal's wrapping", () => {
  assert.deepEqual(failureOf(wrapped(fail('NotReady', 'web1 is not ready', details))), {
    type: 'NotReady',
    message: 'web1 is not ready',
    details,
  });
});

test('a timeout is an unknown outcome, unless the last try said why', () => {
  assert.equal(failureOf(wrapped(timeout()))?.type, 'OutcomeUnknown');
  assert.equal(failureOf(wrapped(timeout(timeout())))?.type, 'OutcomeUnknown');
  assert.equal(failureOf(wrapped(timeout(new Error('anything'))))?.type, 'OutcomeUnknown');
  const refused = fail('HostUnreachable', 'refused', details);
  assert.equal(failureOf(wrapped(timeout(refused)))?.type, 'HostUnreachable');
});

test('a cancellation and a foreign error are none of ours', () => {
  assert.equal(failureOf(wrapped(new CancelledFailure('cancelled'))), null);
  assert.equal(failureOf(ApplicationFailure.create({ type: 'Other', message: '' })), null);
  assert.equal(failureOf(ApplicationFailure.create({ type: 'toString', message: '' })), null);
  assert.equal(failureOf(new Error('x')), null);
  assert.equal(failureOf('x'), null);
});

test('the largest failure stays below 64 KiB, whatever is in it, and keeps the end of the output', () => {
  for (const filling of ['x', 'ü', '\u0001', '"', '\n', '✓']) {
    const long = filling.repeat(200_000);
    const failure = fail('CommandFailed', long, {
      host: 'web1',
      advice: long,
      evidence: {
        output: `${long}the end`,
        lastAnswer: long,
        journal: [...Array(5_000).fill('a'), ...Array(500).fill(long.slice(0, 500)), 'last line'],
        unit: { name: long },
      },
    });
    const size = Buffer.byteLength(JSON.stringify([failure.message, failure.details]));
    assert.ok(size <= 64 * 1024, `${JSON.stringify(filling)}: ${size}`);
    const evidence = failureOf(failure)?.details.evidence;
    assert.match(evidence?.output ?? '', /the end$/);
    assert.equal(evidence?.journal?.at(-1), 'last line');
  }
});

test('what fits is kept whole', () => {
  const evidence = {
    output: 'a\nb',
    lastAnswer: '{"status":"no database"}',
    journal: ['one', 'two'],
    unit: { active: 'failed' },
  };
  assert.deepEqual(failureOf(fail('NotReady', 'no', { ...details, evidence }))?.details, {
    ...details,
    evidence,
  });
});

test('a text that is not UTF-8, or is cut inside a character, can still be sent', () => {
  const { Failure } = temporal.api.failure.v1;
  const strict = new TextDecoder('utf-8', { fatal: true });
  for (const message of ['cannot open caf\udce9', `${'x'.repeat(1_997)}😀`, '\ud83d', '😀 whole']) {
    const failure = fail('CommandFailed', message, details);
    const { message: sent } = failure;
    assert.equal(
      strict.decode(Failure.encode({ message: sent }).finish().subarray(-Buffer.byteLength(sent))),
      sent,
    );
  }
  assert.equal(fail('CommandFailed', '😀 whole', details).message, '😀 whole');
});
