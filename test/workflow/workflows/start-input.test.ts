import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { MOST_HOSTS } from '../../../src/config/history-limit';
import { failureOf } from '../../../src/deployment/failures';
import { doctorInput, hostTarget, input } from '../../harness/deploy-input';
import { replacedAt } from '../../harness/malformed';
import { fakeSteps } from './fake-steps';
import { statusOf, WorkflowRunner } from './workflow-runner';

const NOTHING: unknown[][] = [[], [undefined], [null], [0], [true], [''], ['deploy'], [[]], [{}], [[[]]]];

/** Inputs that are almost right. */
function almost(right: object): unknown[][] {
  const top = Object.keys(right).filter((key) => key !== 'path' && key !== 'ciRun');
  const { hosts: _, ...hostless } = input();
  return [
    ...top.map((key) => [replacedAt(right, [key], null)]),
    [hostless],
    ...[{}, [], 'web1', [null], [{}], [hostTarget('web1'), hostTarget('web1')]].map((hosts) => [
      { ...right, hosts },
    ]),
    [{ ...right, hosts: Array.from({ length: MOST_HOSTS + 1 }, (_, at) => hostTarget(`web${at}`)) }],
    [{ ...right, hosts: [hostTarget('\u001b[31mweb1')] }],
    [{ ...right, by: 'x'.repeat(200_000) }],
    [{ ...right, service: { toString: null } }],
    [
      {
        ...right,
        settings: {
          ...input().settings,
          env: Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`A${at}`, ''])),
        },
      },
    ],
    [JSON.parse('{"__proto__": {"hosts": [{}]}, "hosts": {"__proto__": []}}')],
  ];
}

const ONLY_DEPLOYS = [
  { batch: 0 },
  { batch: -1 },
  { batch: 1e9 },
  { batch: '1' },
  { source: null },
  { source: {} },
  { source: { ref: null } },
  { source: { ref: '--upload-pack=x' } },
  { source: { previous: 'yes' } },
].map((wrong) => [{ ...input(), ...wrong }]);

/** Payloads that no client of ours sends, as the engine passes them on. */
const UNREADABLE: { encoding?: string; data: string }[] = [
  { data: '{}' },
  { encoding: 'json/plain', data: '{' },
  { encoding: 'json/plain', data: '\xff\xfe' },
  { encoding: 'json/protobuf', data: '{}' },
  { encoding: 'binary/plain', data: '\x00\x01' },
  { encoding: 'no/such', data: '{}' },
  { encoding: 'json/plain', data: '['.repeat(100_000) + ']'.repeat(100_000) },
];

describe('a run that is started with input that does not fit', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  for (const [type, inputs] of [
    ['deploy', [...NOTHING, ...almost(input()), ...ONLY_DEPLOYS]],
    ['repair', [...NOTHING, ...almost(doctorInput())]],
    ['doctor', [...NOTHING, ...almost(doctorInput())]],
  ] as const) {
    it(`ends by itself, having done nothing: ${type}`, async () => {
      const steps = fakeSteps();
      await runner.serving(steps, async (taskQueue) => {
        const started = await Promise.all(
          inputs.map((args) =>
            runner.client.workflow.start(type, { workflowId: randomUUID(), taskQueue, args }),
          ),
        );
        await Promise.all(started.map((handle, at) => expectRefused(type, handle, inputs[at] ?? [])));
      });
      assert.deepEqual(steps.begun, []);
    });
  }

  for (const type of ['deploy', 'repair', 'doctor']) {
    it(`ends by itself when that cannot even be read: ${type}`, async () => {
      await runner.serving(fakeSteps(), async (taskQueue) => {
        await Promise.all(
          UNREADABLE.map(async (payload) => {
            const handle = await startRaw(type, taskQueue, payload);
            await expectRefused(type, handle, [payload]);
          }),
        );
      });
    });
  }

  async function startRaw(type: string, taskQueue: string, { encoding, data }: (typeof UNREADABLE)[number]) {
    const metadata: Record<string, Uint8Array> =
      encoding === undefined ? {} : { encoding: Buffer.from(encoding) };
    const workflowId = randomUUID();
    await runner.client.workflowService.startWorkflowExecution({
      namespace: runner.client.options.namespace,
      requestId: randomUUID(),
      workflowId,
      workflowType: { name: type },
      taskQueue: { name: taskQueue },
      input: { payloads: [{ metadata, data: Buffer.from(data, 'latin1') }] },
    });
    return runner.client.workflow.getHandle(workflowId);
  }

  it('also when updates arrive meanwhile', async () => {
    await runner.serving(fakeSteps(), async (taskQueue) => {
      const handle = await runner.client.workflow.start('deploy', {
        workflowId: randomUUID(),
        taskQueue,
        args: [{}],
      });
      await handle.executeUpdate('decide', { args: [{}] }).catch(() => undefined);
      await expectRefused('deploy', handle, [{}]);
    });
  });
});

async function expectRefused(type: string, handle: WorkflowHandle, args: unknown[]): Promise<void> {
  const given = JSON.stringify(args).slice(0, 100);
  const failure = failureOf(
    await handle.result().then(
      () => null,
      (error) => error,
    ),
  );
  assert.equal(failure?.type, 'InvalidInput', given);
  assert.match(failure?.message ?? '', /does not fit: [\x20-\x7e…]+\.$/, given);
  const { status, raw, memo } = await handle.describe();
  assert.equal(status.name, 'FAILED', given);
  assert.equal(raw.pendingWorkflowTask ?? null, null, given);
  if (type === 'doctor') return;
  const said = statusOf(memo);
  assert.equal(said?.outcome, type === 'deploy' ? 'rejected' : 'not-repaired', given);
  assert.equal(said?.reason?.type, 'InvalidInput', given);
}
