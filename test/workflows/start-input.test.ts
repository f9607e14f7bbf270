import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { failureOf } from '../../src/failures';
import { doctorInput, hostTarget, input } from '../support/deploy-input';
import { replacedAt } from '../support/malformed';
import { fakeSteps } from './fake-steps';
import { statusOf, WorkflowRunner } from './workflow-runner';

const NOTHING: unknown[][] = [[], [undefined], [null], [0], [true], [''], ['deploy'], [[]], [{}], [[[]]]];

/** What comes near to a right one. */
function almost(right: object): unknown[][] {
  const top = Object.keys(right).filter((key) => key !== 'path' && key !== 'ciRun');
  const { hosts: _, ...hostless } = input();
  return [
    ...top.map((key) => [replacedAt(right, [key], null)]),
    [hostless],
    ...[{}, [], 'web1', [null], [{}], [hostTarget('web1'), hostTarget('web1')]].map((hosts) => [
      { ...right, hosts },
    ]),
    [{ ...right, hosts: Array.from({ length: 501 }, (_, at) => hostTarget(`web${at}`)) }],
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

  it('also when somebody sends it updates meanwhile', async () => {
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
