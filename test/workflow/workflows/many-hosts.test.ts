import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { fail } from '../../../src/deployment/failures';
import type { doctor } from '../../../src/workflows';
import { doctorInput, hostTarget, input, settings } from '../../harness/deploy-input';
import { decide, needsOperator } from './behaviours';
import { type Behaviour, fakeSteps, WELL } from './fake-steps';
import { finalStatus, statusOf, WorkflowRunner } from './workflow-runner';

/** So many hosts that a whole status for each of them, in one moment, is more than the engine takes. */
const COUNT = 80;

describe('many hosts that have news in one moment, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  it('are all told of, also when each of them has much to say', async () => {
    const hosts = Array.from({ length: COUNT }, (_, at) => hostTarget(`web${at}`));
    const fails: Behaviour = async (host) => {
      throw fail('NotReady', `${host} ${'x'.repeat(2_000)}`, { host, advice: 'x'.repeat(2_000) });
    };
    const steps = fakeSteps({ restart: together(COUNT, fails) });
    await runner.deploying(steps, input({ hosts, batch: COUNT }), async (handle) => {
      await needsOperator(handle);
      const asked = statusOf((await handle.describe()).memo);
      const states = Object.values(asked?.hosts ?? {}).map(({ state }) => state);
      assert.deepEqual(states, Array(COUNT).fill('needs-operator'));
      assert.match(asked?.hosts.web79?.problem ?? '', /^web79 x{100,}…$/);
      await decide(handle, 'accept');
      const { status } = await finalStatus(handle);
      assert.deepEqual([status.outcome, status.phase], ['accepted', 'ended']);
    });
  });

  it('are all in what the doctor found, whatever they have kept', async () => {
    const env = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`A${at}`, 'x'.repeat(1_000)]));
    const way = { address: hostTarget('web1').bind, settings: settings({ env }), moved: false };
    const waysBack = { live: way, lastGood: way, previousGood: way };
    const hosts = Array.from({ length: 20 }, (_, at) => hostTarget(`web${at}`));
    const steps = fakeSteps({ examineHost: async () => ({ ...WELL, waysBack }) });
    await runner.serving(steps, async (taskQueue) => {
      const findings = await runner.client.workflow.execute<typeof doctor>('doctor', {
        workflowId: randomUUID(),
        taskQueue,
        args: [doctorInput({ hosts })],
      });
      assert.deepEqual(
        Object.values(findings).map((found) => 'seen' in found && found.seen.why),
        Array(20).fill(WELL.why),
      );
    });
  });
});

/** Holds each call back until all hosts have come as far, so that the engine tells of their ends at once. */
function together(count: number, then: Behaviour): Behaviour {
  let come = 0;
  let open = () => {};
  let gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async (...call) => {
    const mine = gate;
    come += 1;
    if (come % count === 0) {
      open();
      gate = new Promise<void>((resolve) => {
        open = resolve;
      });
    }
    await mine;
    return then(...call);
  };
}
