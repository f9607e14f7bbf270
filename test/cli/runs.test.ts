import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@temporalio/client';
import { startOrAttach } from '../../src/cli/runs';
import { type DeployStatus, STATUS_MEMO } from '../../src/workflows/status';
import { input } from '../support/deploy-input';
import { status } from './status';

/** An engine that has one open run of this status; a superseded run makes room for a started one. */
class FakeEngine {
  readonly did: string[] = [];
  private run: { runId: string; status: DeployStatus; open: boolean };

  constructor(open: DeployStatus) {
    this.run = { runId: 'first', status: open, open: true };
  }

  /** The part of Temporal's client that starting a deploy uses. */
  get client(): Client {
    const handle = {
      describe: async () => ({
        workflowId: 'deploy/shop/production',
        runId: this.run.runId,
        memo: { [STATUS_MEMO]: this.run.status },
        status: { name: this.run.open ? 'RUNNING' : 'FAILED' },
        startTime: new Date(0),
      }),
      executeUpdate: async () => {
        this.did.push('superseded');
        this.run.open = false;
      },
      result: async () => undefined,
    };
    const start = async () => {
      this.did.push('started');
      this.run = { runId: 'second', status: status({ outcome: null }), open: true };
    };
    const connection = { withDeadline: (_: number, work: () => unknown) => work() };
    return { connection, workflow: { getHandle: () => handle, start } } as unknown as Client;
  }
}

const said: string[] = [];
const options = {
  supersede: false,
  waitForRunning: false,
  again: false,
  say: (line: string) => said.push(line),
};
const running = status({ outcome: null, phase: 'release' });
const waiting = status({ outcome: 'needs-operator', phase: 'rollback' });

test('the same ref attaches, and the commit that it meant is said', async () => {
  const engine = new FakeEngine(running);
  const found = await startOrAttach(engine.client, input(), options);
  assert.equal(found.runId, 'first');
  assert.equal(
    said.at(-1),
    'The deploy of main, which is 1a2b3c4, already runs (since 1970-01-01T00:00:00.000Z): following it.',
  );
});

test('a deploy that waits for an operator is superseded when that is asked for, also by the same ref', async () => {
  const engine = new FakeEngine(waiting);
  const found = await startOrAttach(engine.client, input(), { ...options, supersede: true });
  assert.deepEqual(engine.did, ['superseded', 'started']);
  assert.equal(found.runId, 'second');
});

test('a deploy that acts is not superseded', async () => {
  const engine = new FakeEngine(running);
  const other = input({ source: { ref: 'other' } });
  await assert.rejects(startOrAttach(engine.client, other, { ...options, supersede: true }), {
    name: 'CommandError',
    exitCode: 1,
    message: /is being deployed by somebody else: 1a2b3c4, asked for by ada@laptop, since 1970/,
  });
  assert.deepEqual(engine.did, []);
});
