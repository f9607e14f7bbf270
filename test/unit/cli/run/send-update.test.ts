import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Client,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decide } from '../../../../src/cli/commands/decide';
import type { RunInfo } from '../../../../src/cli/run/run-info';
import { RunEnded, sendUpdate, UpdateRefused } from '../../../../src/cli/run/send-update';
import { decideUpdate } from '../../../../src/workflows/messages';

const ignore = () => undefined;
const out = { say: ignore, progress: ignore, group: ignore, endGroup: ignore, annotate: ignore };
const decision = { choice: 'retry', by: 'ops', question: 1 } as const;

/** An engine that gives this for an update, and says this of the run. */
function engineThat(throws: Error, run: 'RUNNING' | 'FAILED' | 'gone') {
  const handle = {
    executeUpdate: async () => {
      throw throws;
    },
    describe: async () => {
      if (run === 'gone') throw new WorkflowNotFoundError('gone', 'deploy/shop/production', undefined);
      return { status: { name: run } };
    },
  };
  const connection = { withDeadline: (_: number, work: () => unknown) => work() };
  const client = { connection, workflow: { getHandle: () => handle } } as unknown as Client;
  const sent = sendUpdate(client, client.workflow.getHandle('any'), out, decideUpdate, decision);
  return { client, sent };
}

const notFound = new WorkflowNotFoundError('workflow execution already completed', 'any', undefined);

test('what a run refuses is told apart from a run that ended before its answer', async () => {
  const refusal = new WorkflowUpdateFailedError('failed', ApplicationFailure.nonRetryable('not now'));
  await assert.rejects(engineThat(refusal, 'RUNNING').sent, (error) => {
    assert.ok(error instanceof UpdateRefused);
    assert.equal(error.message, 'not now');
    return true;
  });
  const cause = ApplicationFailure.nonRetryable('the workflow completed', 'AcceptedUpdateCompletedWorkflow');
  const accepted = engineThat(new WorkflowUpdateFailedError('failed', cause), 'FAILED');
  await assert.rejects(accepted.sent, (error) => error instanceof RunEnded && error.taken);
});

test('a run that has ended, or is known no more, has an exit code that does not say that nothing runs', async () => {
  for (const run of ['FAILED', 'gone'] as const) {
    await assert.rejects(engineThat(notFound, run).sent, (error) => {
      assert.ok(error instanceof RunEnded);
      assert.equal(error.taken, false);
      assert.equal(error.exitCode, 4);
      return true;
    });
  }
});

test('an update that the engine forgot does not end the run', async () => {
  await assert.rejects(engineThat(notFound, 'RUNNING').sent, {
    name: 'CommandError',
    exitCode: 4,
    message: /lost this \(decide\) before the deploy took it.*landfall status/,
  });
});

test('a run that is silent may take it later', async () => {
  const late = new WorkflowUpdateRPCTimeoutOrCancelledError('deadline');
  await assert.rejects(engineThat(late, 'RUNNING').sent, { exitCode: 4, message: /may still take this/ });
});

test('an engine that is lost with a decision may have given it to the run', async () => {
  const { client, sent } = engineThat(
    new ServiceError('Workflow Update failed', { cause: new Error('14 UNAVAILABLE: gone') }),
    'RUNNING',
  );
  await assert.rejects(sent, ServiceError);
  const run: RunInfo = {
    workflowId: 'deploy/shop/production',
    runId: 'first',
    workflow: 'deploy',
    status: null,
    open: true,
    started: new Date(0),
    doing: '',
    taskAttempts: 0,
  };
  const { signal } = new AbortController();
  await assert.rejects(decide(client, run, decision, out, signal), {
    name: 'CommandError',
    exitCode: 4,
    message: /14 UNAVAILABLE: gone.*may have taken the decision.*landfall status/,
  });
});
