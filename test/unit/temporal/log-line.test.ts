import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActivityFailure } from '@temporalio/common';
import type { LogEntry } from '@temporalio/worker';
import { fail } from '../../../src/deployment/failures';
import { isExpected, logLines } from '../../../src/temporal/log-line';

const entry = (meta: LogEntry['meta'], message = 'Activity failed'): LogEntry => ({
  level: 'WARN',
  message,
  timestampNanos: 1_700_000_000_123_000_000n,
  meta,
});
const context = {
  workflowId: 'deploy/shop/production',
  workflowRunId: 'run-1',
  activityType: 'markGood',
  attempt: 3,
  host: 'web1',
  taskToken: 'not shown',
};

test('an entry names its run, its step, its service and its host', () => {
  const error = new Error('no \u001b[31mroom\nWARN a line of its own');
  const [first = '', ...frames] = logLines(entry({ ...context, error }), 'text');
  assert.equal(
    first,
    '2023-11-14T22:13:20.123Z WARN Activity failed: Error: no room\\nWARN a line of its own ' +
      'workflow=deploy/shop/production run=run-1 activity=markGood attempt=3 host=web1 service=shop environment=production',
  );
  assert.ok(frames.length > 0 && frames.every((line) => line.startsWith('    at ')), frames.join('\n'));
});

test('as JSON it is one line of ASCII with the same', () => {
  const error = new Error('schön\u2028\u001b[31m');
  const [line = '', ...more] = logLines(entry({ ...context, error }), 'json');
  assert.deepEqual(more, []);
  assert.match(line, /^[ -~]+$/);
  const {
    time,
    level,
    workflow,
    run,
    activity,
    attempt,
    service,
    environment,
    host,
    error: told,
  } = JSON.parse(line);
  assert.deepEqual(
    [time, level, workflow, run, activity, attempt, service, environment, host],
    [
      '2023-11-14T22:13:20.123Z',
      'WARN',
      'deploy/shop/production',
      'run-1',
      'markGood',
      3,
      'shop',
      'production',
      'web1',
    ],
  );
  assert.equal(told.name, 'Error');
  assert.match(told.message, /^schön/);
});

test("the engine's half of the SDK has other names for the same", () => {
  const [line] = logLines(
    entry({ run_id: 'run-1', failure: 'Failure { message: "x" }' }, 'Failing workflow task'),
    'text',
  );
  assert.match(line ?? '', /WARN Failing workflow task: failure: Failure \{ message: "x" \} run=run-1$/);
});

test('an expected failure of a step or run is not logged; a defect is', () => {
  const known = fail('HostUnreachable', 'x', { host: null, advice: 'y' });
  const wrapped = new ActivityFailure(
    'x',
    'markGood',
    undefined,
    'NON_RETRYABLE_FAILURE' as never,
    undefined,
    known,
  );
  for (const error of [known, wrapped, fail('RolledBack', 'x', { host: null, advice: 'y' })])
    assert.equal(isExpected(entry({ error })), true);
  for (const error of [
    new Error('x'),
    fail('Unexpected', 'x', { host: null, advice: 'y' }),
    undefined,
    'text',
  ])
    assert.equal(isExpected(entry({ error })), false);
  assert.equal(isExpected(entry({ error: new Error('x') }, 'Workflow failed')), true);
});
