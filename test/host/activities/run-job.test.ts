import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type MigrateInput, migrate } from '../../../src/activities/prepare/migrate';
import { type Job, runJob } from '../../../src/activities/run-job';
import { hostOf } from '../../../src/activities/step';
import type { Beat } from '../../../src/activities/step-time';
import type { JobState } from '../../../src/contract/contract-types';
import { FakeHost } from '../../harness/fake-host';
import { failsWith } from '../ssh/access';

let host: FakeHost;
before(async () => {
  host = await FakeHost.start();
});
after(() => host.stop());
beforeEach(() => {
  host.asked.length = 0;
});

const job: Job = {
  step: 'migrate',
  as: 'service',
  release: '1-abcdef0',
  argv: ['true'],
  env: {},
  timeout: 60_000,
  memory: null,
};

const running = (elapsedMilliseconds: number, output: string): JobState => ({
  memoryMaxBytes: null,
  name: 'landfall-job-shop-1-migrate-0.service',
  state: 'running',
  result: null,
  exitStatus: null,
  elapsedMilliseconds,
  output,
});
const ended: JobState = { ...running(9_000, 'done\n'), state: 'ended', result: 'success', exitStatus: 0 };

/** Answers one after the other; the last one again and again. */
function inTurn(...states: JobState[]) {
  let next = 0;
  return () => states[Math.min(next++, states.length - 1)];
}

function runs(options: Parameters<typeof runJob>[3] = {}) {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const input = { service: 'shop', host: host.target, claim: { fence: 1, seq: 0 } };
  const heartbeats: string[] = [];
  environment.on('heartbeat', ({ said }: Beat) => heartbeats.push(said));
  const result = environment.run(() =>
    runJob(hostOf(host.dependencies, input), input, job, options),
  ) as Promise<JobState>;
  return { environment, heartbeats, result };
}

test("a running job's last line and elapsed time reach the heartbeat", async () => {
  host.answers = {
    job: inTurn(running(4_000, 'Collecting a\n')),
    'job-wait': inTurn(running(8_000, 'Collecting a\nCollecting b\n\n'), ended),
  };
  const { result, heartbeats } = runs();
  assert.equal((await result).output, 'done\n');
  // Every 2 s the last word is said again, and nothing before the first one.
  const words = [...new Set(heartbeats)].filter((word) => word !== '');
  assert.deepEqual(words, ['4 s: Collecting a', '8 s: Collecting b']);
});

test('a job without a limit of its own leaves it to the host, also in a deploy begun by an older version', async () => {
  const limits: unknown[] = [];
  host.answers = {
    job: (request) => {
      limits.push(request.memoryMaxBytes);
      return ended;
    },
  };
  await runs().result;
  assert.deepEqual(limits, [null]);
});

test('a job whose record was swept is asked for again, so that the claim decides', async () => {
  host.answers = {
    job: inTurn(running(1_000, ''), ended),
    'job-wait': inTurn({ ...running(0, ''), state: 'absent' }),
  };
  assert.equal((await runs().result).state, 'ended');
  assert.deepEqual(host.asked, ['job', 'job-wait', 'job']);
});

test('a requested cancellation stops the job; what only takes the worker away does not', async () => {
  for (const [details, asked] of [
    [{ cancelRequested: true }, true],
    [{ workerShutdown: true }, false],
    [{ paused: true }, false],
    [{ notFound: true }, false],
  ] as const) {
    host.asked.length = 0;
    const { environment, result } = runs();
    host.answers = {
      job: inTurn(running(1_000, '')),
      'job-wait': () => {
        environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
        return running(2_000, '');
      },
      'job-stop': () => ({ stopped: true }),
    };
    await assert.rejects(result, (error) => asked === false || error instanceof CancelledFailure);
    assert.equal(host.asked.includes('job-stop'), asked, JSON.stringify(details));
  }
});

test('a job that a reboot cut off is started again as a new round, unless it must not be', async () => {
  const rounds: unknown[] = [];
  host.answers = {
    job: ({ round }) => {
      rounds.push(round);
      return rounds.length === 1 ? { ...running(1_000, ''), state: 'lost' } : ended;
    },
  };
  assert.equal((await runs().result).state, 'ended');
  assert.deepEqual(rounds, [0, 1]);
  rounds.length = 0;
  await failsWith(runs({ repeatable: false }).result, 'CommandFailed', /how far it came is unknown/);
  assert.deepEqual(rounds, [0]);
});

test('a migration that fails says its last words in the headline, or the command that is missing', async () => {
  const failing = (exitStatus: number, output: string) => ({
    job: inTurn({ ...ended, result: 'exit-code', exitStatus, output }),
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const migration = {
    command: ['alembic', 'upgrade', 'head'],
    timeout: 60_000,
    memory: null,
    hosts: 'first',
  };
  const claim = { fence: 1, seq: 0 };
  const input = {
    service: 'shop',
    host: host.target,
    claim,
    env: {},
    release: '1-abcdef0',
    migrate: migration,
  };
  const migrated = () => environment.run(() => migrate(host.dependencies)(input as MigrateInput));
  host.answers = failing(1, 'upgrade 7\ncolumn shop.price exists already\n');
  await failsWith(migrated(), 'CommandFailed', /exit status 1: column shop\.price exists already$/);
  host.answers = failing(127, "/usr/bin/env: 'alembic': No such file or directory\n");
  await failsWith(migrated(), 'CommandFailed', /has a command alembic/);
});
