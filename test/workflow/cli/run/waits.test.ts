import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { cancel } from '../../../../src/cli/commands/cancel';
import { decide } from '../../../../src/cli/commands/decide';
import { latestRun, type RunInfo } from '../../../../src/cli/run/run-info';
import { RunEnded, sendUpdate } from '../../../../src/cli/run/send-update';
import { startOrAttach } from '../../../../src/cli/run/start-deploy';
import { startRepair } from '../../../../src/cli/run/start-repair';
import { supersede } from '../../../../src/cli/run/supersede';
import { type DeployStatus, STATUS_MEMO } from '../../../../src/deployment/status';
import { decideUpdate, supersedeUpdate } from '../../../../src/workflows/messages';
import { doctorInput, input } from '../../../harness/deploy-input';
import { type Engine, startEngine } from '../../../harness/engine';
import { status } from '../../../unit/cli/status';
import { until } from '../../workflows/behaviours';

const NO_WORKER = '  ! No worker is connected to this engine; the deploy waits for one: landfall worker';
const rollingBack = status({ outcome: null, phase: 'rollback' });
const hotfix = input({ source: { ref: 'hotfix' } });

/** The output of a command, as a terminal would get it. */
function reader() {
  const said: string[] = [];
  const shown: string[] = [];
  const out = {
    say: (...lines: string[]) => void said.push(lines.join('\n')),
    progress: (line: string) => void shown.push(line),
    group: (_: string, heading: string | null) => void said.push(...(heading === null ? [] : [heading])),
    endGroup: () => undefined,
    annotate: () => undefined,
  };
  return { said, shown, out };
}

/** A real engine without a worker. */
describe('a client that waits for a run while no worker is there', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-waits-'));
  const dbFile = join(folder, 'engine.db');
  let engine: Engine;
  let client: Client;
  before(async () => {
    engine = await startEngine({ dbFile });
    client = new Client({ connection: await Connection.connect({ address: engine.address }) });
  });
  after(async () => {
    await client.connection.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  /** A run that says this about itself, as one that lost its workers would, for as long as `use` needs it. */
  async function left(says: DeployStatus, use: () => Promise<void>): Promise<void> {
    const handle = await client.workflow.start('deploy', {
      workflowId: 'deploy/shop/production',
      taskQueue: 'landfall',
      args: [input()],
      memo: { [STATUS_MEMO]: says },
    });
    try {
      await use();
    } finally {
      await handle.terminate();
    }
  }

  const deploying = (wanted: { supersede?: boolean; waitForRunning?: boolean }, out = reader().out) =>
    startOrAttach(client, hotfix, {
      supersede: false,
      waitForRunning: false,
      again: false,
      out,
      ...wanted,
    });

  it('gets that from --supersede, with the reason for the wait, and continues when that has ended', async () => {
    const { said, shown, out } = reader();
    let waiting: Promise<unknown> = Promise.resolve();
    await left(rollingBack, async () => {
      waiting = deploying({ supersede: true }, out);
      await until(() => said.includes(NO_WORKER));
    });
    await waiting;
    assert.match(said[0] ?? '', /is putting hosts in order right now; waiting until that is done/);
    assert.match(shown[0] ?? '', /… waiting for 1a2b3c4, asked for by ada@laptop, since .* \(rollback\)/);
    assert.equal(said.filter((line) => line === NO_WORKER).length, 1);
    await client.workflow.getHandle('deploy/shop/production').terminate();
  });

  it('is told so by --wait-for-running', async () => {
    const { said, out } = reader();
    let waiting: Promise<unknown> = Promise.resolve();
    await left(status({ outcome: null, phase: 'release' }), async () => {
      waiting = deploying({ waitForRunning: true }, out);
      await until(() => said.includes(NO_WORKER));
    });
    await waiting;
    await client.workflow.getHandle('deploy/shop/production').terminate();
  });

  it('is told so by landfall doctor --repair --supersede', async () => {
    const { said, out } = reader();
    let waiting: Promise<unknown> = Promise.resolve();
    await left(rollingBack, async () => {
      waiting = startRepair(client, doctorInput(), { supersede: true, out });
      await until(() => said.includes(NO_WORKER));
    });
    await waiting;
    await client.workflow.getHandle('deploy/shop/production').terminate();
  });

  it('waits on while the engine is restarted', async () => {
    const { shown, out } = reader();
    let waiting: Promise<unknown> = Promise.resolve();
    await left(rollingBack, async () => {
      waiting = deploying({ supersede: true }, out);
      await until(() => shown.length > 0);
      await engine.kill9();
      await until(() => shown.some((line) => line.includes('the engine does not answer')));
      engine = await startEngine({ dbFile, port: Number(engine.address.split(':')[1]) });
    });
    await waiting;
    await client.workflow.getHandle('deploy/shop/production').terminate();
  });

  it('is told so when it sends a decision, which ends after half a minute and may be taken later', async () => {
    const { said, shown, out } = reader();
    await left(status({ outcome: 'needs-operator', phase: 'rollback' }), async () => {
      const handle = client.workflow.getHandle('deploy/shop/production');
      const decision = { choice: 'retry', by: 'ops', question: 1 } as const;
      await assert.rejects(sendUpdate(client, handle, out, decideUpdate, decision), {
        name: 'CommandError',
        exitCode: 4,
        message:
          /did not answer within 30 s, and may still take this \(decide\) as soon as a worker runs .*landfall status/,
      });
    });
    assert.deepEqual(said, [NO_WORKER]);
    assert.match(shown[0] ?? '', /… waiting for the deploy to take it \(decide\)/);
  });

  const waiting = status({ outcome: 'needs-operator', phase: 'rollback' });
  const decision = { choice: 'retry', by: 'ops', question: 1 } as const;
  const found = () => latestRun(client, 'deploy/shop/production');
  const { signal } = new AbortController();

  it('shows how a run ended that had ended when the decision came', async () => {
    for (const [says, code, words] of [
      [waiting, 4, /TERMINATED/],
      [status({ outcome: 'rolled-back', phase: 'ended' }), 3, /ROLLED BACK/],
    ] as const) {
      const { said, out } = reader();
      let run: RunInfo | null = null;
      await left(says, async () => {
        run = await found();
      });
      assert.ok(run !== null);
      assert.equal(await decide(client, run, decision, out, signal), code);
      assert.match(said[0] ?? '', /has ended meanwhile, and did not take this any more \(decide\)/);
      assert.match(said.at(-1) ?? '', words);
    }
  });

  it('shows how a run ended that ended while the decision waited to be taken', async () => {
    const { said, out } = reader();
    let deciding: Promise<number> = Promise.resolve(-1);
    await left(waiting, async () => {
      const run = await found();
      assert.ok(run !== null);
      deciding = decide(client, run, decision, out, signal);
      deciding.catch(() => undefined);
      await until(() => said.includes(NO_WORKER));
    });
    assert.equal(await deciding, 4);
    assert.match(said[1] ?? '', /has ended meanwhile, and did not take this any more \(decide\)/);
    assert.match(said.at(-1) ?? '', /TERMINATED/);
  });

  it('says of a run that has already ended that nothing was cancelled', async () => {
    for (const [outcome, code, words] of [
      ['deployed', 0, /has already ended: deployed\. Nothing was cancelled\./],
      ['rolled-back', 0, /has already ended: rolled-back\. Nothing was cancelled\./],
      ['accepted', 4, /has already ended: accepted\. Nothing was cancelled\./],
      ['needs-operator', 4, /TERMINATED/],
    ] as const) {
      const { said, out } = reader();
      let run: RunInfo | null = null;
      await left(status({ outcome, phase: 'ended' }), async () => {
        run = await found();
      });
      assert.ok(run !== null);
      // As the client saw the run before it ended, and as it sees the run afterwards.
      for (const seen of [run, await found()]) {
        assert.ok(seen !== null);
        assert.equal(await cancel(client, seen, out, signal), code);
        assert.match(said.at(-1) ?? '', words);
      }
    }
  });

  it('continues when the run that is to be superseded has ended meanwhile', async () => {
    const { out } = reader();
    let run: RunInfo | null = null;
    await left(waiting, async () => {
      run = await found();
    });
    assert.ok(run !== null);
    const handle = client.workflow.getHandle('deploy/shop/production');
    const supersession = { by: 'ops', commit: 'hotfix' };
    await assert.rejects(sendUpdate(client, handle, out, supersedeUpdate, supersession), RunEnded);
    assert.equal(await supersede(client, run, supersession, out), false);
  });
});
