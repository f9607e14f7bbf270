import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { startOrAttach } from '../../../../src/cli/run/start-deploy';
import type { DeployInput } from '../../../../src/config/deploy-input';
import { type DeployStatus, STATUS_MEMO } from '../../../../src/deployment/status';
import { input } from '../../../harness/deploy-input';
import { status } from '../status';

/** An engine that has one open run of this status; a superseded run makes room for a started one. */
class FakeEngine {
  readonly did: string[] = [];
  /** The input of the started run. */
  readonly asked: DeployInput[] = [];
  private run: { runId: string; status: unknown; open: boolean };

  /** @param later what it says from then on, at each look; `ended`: it closes; `refuses`: it takes no supersession yet */
  constructor(
    open: unknown,
    private readonly later: (DeployStatus | 'ended' | 'refuses')[] = [],
    private readonly workflow = 'deploy',
  ) {
    this.run = { runId: 'first', status: open, open: true };
  }

  /** The part of Temporal's client that starting a deploy uses. */
  get client(): Client {
    const handle = {
      describe: async () => {
        const { runId, status, open } = this.run;
        const [next] = this.later;
        if (next !== 'refuses') {
          this.later.shift();
          this.goOn(next);
        }
        return {
          workflowId: 'deploy/shop/production',
          runId,
          type: this.workflow,
          memo: { [STATUS_MEMO]: status },
          status: { name: open ? 'RUNNING' : 'FAILED' },
          startTime: new Date(0),
          raw: {},
        };
      },
      executeUpdate: async () => {
        if (this.later[0] === 'refuses') {
          this.later.shift();
          throw new WorkflowUpdateFailedError('refused', new Error('try again in a moment'));
        }
        this.did.push('superseded');
        this.run.status = status({ outcome: 'superseded', phase: 'ended' });
        this.run.open = false;
      },
    };
    const start = async (_: string, { args }: { args: DeployInput[] }) => {
      this.did.push('started');
      this.asked.push(...args);
      this.run = { runId: 'second', status: status({ outcome: null }), open: true };
    };
    const connection = { withDeadline: (_: number, work: () => unknown) => work() };
    return { connection, workflow: { getHandle: () => handle, start } } as unknown as Client;
  }

  private goOn(next: DeployStatus | 'ended' | undefined): void {
    if (next === 'ended') this.run.open = false;
    else if (next !== undefined) this.run.status = next;
  }
}

/** The client looks once a second: its clock runs a thousand times as fast here. */
let clock: NodeJS.Timeout;
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  clock = setInterval(() => mock.timers.tick(1_000), 1);
});
afterEach(() => {
  clearInterval(clock);
  mock.timers.reset();
});

const said: string[] = [];
const options = {
  supersede: false,
  waitForRunning: false,
  again: false,
  out: { say: (line: string) => void said.push(line), progress: () => {} },
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

test('a memo of another shape counts as no status, whatever it is', async () => {
  const shapes = [null, 'deployed', 7, {}, [], { ...running, hosts: null }, { ...running, phase: 'later' }];
  for (const memo of shapes) {
    await assert.rejects(startOrAttach(new FakeEngine(memo).client, input(), options), {
      name: 'CommandError',
      exitCode: 1,
      message: /is being deployed: an unknown commit/,
    });
  }
});

test('a foreign workflow under the id of the deploys is refused by its name', async () => {
  const engine = new FakeEngine(null, [], 'backup');
  await assert.rejects(startOrAttach(engine.client, input(), { ...options, waitForRunning: true }), {
    name: 'CommandError',
    exitCode: 1,
    message: /the workflow "backup", which this version of Landfall does not know\. Nothing was started\./,
  });
  assert.deepEqual(engine.did, []);
});

test('one that is to stop the old release first does not attach to one that does not', async () => {
  const stopFirst = input({ stopFirst: true });
  await assert.rejects(startOrAttach(new FakeEngine(running).client, stopFirst, options), {
    name: 'CommandError',
    exitCode: 1,
    message: /already runs .*, without --stop-first\. End it, .*landfall cancel shop --env production/,
  });
  const same = new FakeEngine({ ...running, stopFirst: true });
  assert.equal((await startOrAttach(same.client, stopFirst, options)).runId, 'first');
});

test('a deploy that waits for an operator is superseded when that is asked for, also by the same ref', async () => {
  const engine = new FakeEngine(waiting);
  const found = await startOrAttach(engine.client, input(), { ...options, supersede: true });
  assert.deepEqual(engine.did, ['superseded', 'started']);
  assert.equal(engine.asked[0]?.fixForward, true);
  assert.equal(found.runId, 'second');
});

test('a deploy that acts is not superseded', async () => {
  const engine = new FakeEngine(running);
  const other = input({ source: { ref: 'other' } });
  await assert.rejects(startOrAttach(engine.client, other, { ...options, supersede: true }), {
    name: 'CommandError',
    exitCode: 1,
    message: /is being deployed: 1a2b3c4, asked for by ada@laptop, since 1970/,
  });
  assert.deepEqual(engine.did, []);
});

const rollingBack = status({ outcome: null, phase: 'rollback' });
const waitsForHost = status({
  outcome: null,
  phase: 'rollback',
  hosts: {
    web1: { state: 'restored', live: '3-0f0f0f0', problem: null },
    web2: { state: 'unreachable', live: '4-1a2b3c4', problem: 'tried again until later' },
  },
});
const hotfix = input({ source: { ref: 'hotfix' } });

test('a hotfix waits until the hosts that can be reached are rolled back, and then gets past the rest', async () => {
  const engine = new FakeEngine(rollingBack, [rollingBack, waitsForHost, 'refuses', waitsForHost]);
  await startOrAttach(engine.client, hotfix, { ...options, supersede: true });
  assert.deepEqual(engine.did, ['superseded', 'started']);
  assert.equal(engine.asked[0]?.fixForward, true);
  const [waits, ...meanwhile] = said.slice(-3);
  assert.match(waits ?? '', /is putting hosts in order right now; waiting until that is done/);
  assert.equal(meanwhile[0], '  ! web2: tried again until later', 'refused at first, it continues to report');
  assert.match(meanwhile[1] ?? '', /was superseded; its hosts are taken over as they are/);
});

test('a hotfix that meets the end of a rollback is an ordinary deploy', async () => {
  const engine = new FakeEngine(rollingBack, [rollingBack, 'ended']);
  await startOrAttach(engine.client, hotfix, { ...options, supersede: true });
  assert.deepEqual(engine.did, ['started']);
  assert.equal(engine.asked[0]?.fixForward, false);
});

test('a deploy that waits for a host says for which, and how to end it', async () => {
  const engine = new FakeEngine(waitsForHost);
  await assert.rejects(startOrAttach(engine.client, hotfix, options), {
    message: /That run waits for web2, which cannot be reached: wait for it .* or end it with --supersede\./,
  });
});

test('a client that waits for a waiting run says for what, until when, and how to end it', async () => {
  said.length = 0;
  const soaks = status({
    outcome: null,
    phase: 'release',
    hosts: {
      web1: { state: 'soaking', live: '4-1a2b3c4', problem: null, soaksUntil: '2026-03-01 09:12:45 UTC' },
    },
  });
  const engine = new FakeEngine(running, [running, soaks, soaks, waitsForHost, 'ended']);
  await startOrAttach(engine.client, hotfix, { ...options, waitForRunning: true });
  assert.deepEqual(engine.did, ['started']);
  assert.match(
    said[0] ?? '',
    /^Waiting for 1a2b3c4, asked for by ada@laptop, since .* \(release\) to end\.$/,
  );
  assert.deepEqual(said.slice(1), [
    '  ! That run soaks (web1 until 2026-03-01 09:12:45 UTC). To end it now: Ctrl-C, then the same command with --supersede; its release stays live.',
    '  The deploy is in its rollback phase now.',
    '  ! web2: tried again until later',
  ]);
});

test('who waits for a run that waits for a host is told what to do about the host', async () => {
  said.length = 0;
  const engine = new FakeEngine(waitsForHost, [waitsForHost, waitsForHost, 'ended']);
  await startOrAttach(engine.client, hotfix, { ...options, waitForRunning: true });
  assert.deepEqual(said.slice(1), [
    '  ! That run waits for web2, which cannot be reached. Bring web2 back; the run then continues. To deploy a hotfix before that, take web2 out of landfall.yaml and deploy with --supersede.',
    '  ! web2: tried again until later',
  ]);
});
