import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { failsOnHistory } from '../../../../src/cli/run/blockers';
import { describeRun } from '../../../../src/cli/run/run-info';
import { STATUS_MEMO } from '../../../../src/deployment/status';
import { packageRoot } from '../../../../src/package-root';
import { input } from '../../../harness/deploy-input';
import { type Engine, startEngine } from '../../../harness/engine';
import { runCommand } from '../../../harness/run-command';
import { Running } from '../../../harness/running';
import { status } from '../../../unit/cli/status';
import { until } from '../../workflows/behaviours';

const CLIENT = join(packageRoot(), 'build', 'src', 'client.js');
const WORKFLOW_ID = 'deploy/shop/production';

/** A real engine, a real worker, and a run of another version, on which this worker's code fails. */
describe('a run that cannot continue', { timeout: 300_000 }, () => {
  let engine: Engine;
  let client: Client;
  let runId: string;
  const state = mkdtempSync(join(tmpdir(), 'landfall-stuck-'));
  before(async () => {
    engine = await startEngine();
    client = new Client({ connection: await Connection.connect({ address: engine.address }) });
    const handle = await client.workflow.start('deployOfAnotherVersion', {
      workflowId: WORKFLOW_ID,
      taskQueue: 'landfall',
      args: [input()],
      workflowTaskTimeout: '5s',
      memo: { [STATUS_MEMO]: status({ outcome: null, phase: 'release' }) },
    });
    runId = handle.firstExecutionRunId;
  });
  after(async () => {
    await client?.connection.close();
    await engine?.stop();
    rmSync(state, { recursive: true });
  });

  const { PATH, HOME } = process.env;
  const env = () => ({ PATH, HOME, TEMPORAL_ADDRESS: engine.address, LANDFALL_STATE: state });
  const landfall = (...args: string[]) =>
    runCommand(process.execPath, [CLIENT, ...args, 'shop', '--env', 'production'], { env: env() });

  it('is said to wait for a worker while none is there', async () => {
    const { code, output } = await landfall('status');
    assert.equal(code, 0, output);
    assert.match(output, /No worker is connected to this engine\. The run waits for one\. .*landfall worker/);
  });

  it("is seen by status, by whoever follows it, and in the worker's log", async () => {
    const worker = new Running(process.execPath, [CLIENT, 'worker'], {
      ...env(),
      LANDFALL_LOG: 'json',
    });
    try {
      await until(async () => failsOnHistory(await describeRun(client, WORKFLOW_ID, runId)));

      const { code, output } = await landfall('status');
      assert.equal(code, 4, output);
      assert.match(
        output,
        /The run cannot continue: the worker's code fails on its history \(attempt \d+\): /,
      );
      assert.match(output, /: Failed to initialize workflow of type 'deployOfAnotherVersion'/);
      assert.match(output, /What to do: start the version of the worker that started the run/);
      const json = await landfall('status', '--json');
      assert.equal(json.code, 4);
      assert.match(JSON.parse(json.output).blockers[0], /cannot continue/);

      const following = new Running(
        process.execPath,
        [CLIENT, 'cancel', 'shop', '--env', 'production'],
        env(),
      );
      await following.says(/ {2}! The run cannot continue: the worker's code fails on its history/);
      following.kill('SIGINT');
      await following.ended;

      const malformed = { workflowId: 'deploy/other/production', taskQueue: 'landfall', args: [{}] };
      await assert.rejects(client.workflow.execute('deploy', malformed), WorkflowFailedError);
    } finally {
      worker.kill('SIGTERM');
    }
    const { output } = await worker.ended;
    const entries = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const failing = entries.filter(({ message }) => /failing workflow task/i.test(message));
    assert.ok(failing.length > 0, output);
    for (const { level, run, error } of failing) {
      assert.equal(level, 'WARN');
      assert.equal(run, runId);
      assert.match(error.message, /Failed to initialize workflow/);
    }
    // A run that ended as foreseen is told by the client and the engine.
    const others = entries.filter(({ workflow, run }) => workflow !== WORKFLOW_ID && run !== runId);
    assert.deepEqual(others, []);
  });
});
