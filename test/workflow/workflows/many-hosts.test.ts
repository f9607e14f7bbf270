import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Context } from '@temporalio/activity';
import { heartbeating } from '../../../src/activities/step';
import { describeRun } from '../../../src/cli/run/run-info';
import { wholeStatus } from '../../../src/cli/run/whole-status';
import { fail } from '../../../src/deployment/failures';
import type { doctor } from '../../../src/workflows';
import { statusQuery } from '../../../src/workflows/messages';
import { doctorInput, hostTarget, input, settings } from '../../harness/deploy-input';
import { LIVE_AND_READY } from '../../harness/inspections';
import { decide, needsOperator } from './behaviours';
import { type Behaviour, fakeSteps } from './fake-steps';
import { finalStatus, statusOf, WorkflowRunner } from './workflow-runner';

/** So many hosts that a whole status for each of them, in one moment, is more than the engine takes. */
const COUNT = 80;

describe('many hosts that have news in one moment, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  const hosts = Array.from({ length: COUNT }, (_, at) => hostTarget(`web${at}`));

  it('are in the memo as a summary, and are all answered in pages by the status query', async () => {
    const fails: Behaviour = async (host) => {
      throw fail('NotReady', `${host} ${'x'.repeat(2_000)}`, { host, advice: 'x'.repeat(2_000) });
    };
    const steps = fakeSteps({ restart: together(COUNT, fails) });
    await runner.deploying(steps, input({ hosts, batch: COUNT }), async (handle) => {
      await needsOperator(handle);
      const asked = statusOf((await handle.describe()).memo);
      const states = Object.values(asked?.hosts ?? {}).map(({ state }) => state);
      assert.deepEqual(states, Array(50).fill('needs-operator'));
      assert.deepEqual(asked?.others, { 'needs-operator': COUNT - 50 });
      assert.match(asked?.hosts.web49?.problem ?? '', /^web49 x{100,}…$/);
      const { hosts: page, total } = await handle.query(statusQuery, { from: 75, count: 100 });
      assert.deepEqual([Object.keys(page), total], [['web75', 'web76', 'web77', 'web78', 'web79'], COUNT]);
      assert.match(page.web79?.problem ?? '', /^web79 x{900,}…$/);
      const wrong = { from: -1, count: 100 };
      await assert.rejects(handle.query(statusQuery, wrong), /from and count must be whole numbers/);
      await decide(handle, 'accept');
      const { status } = await finalStatus(handle);
      assert.deepEqual([status.outcome, status.phase], ['accepted', 'ended']);
    });
  });

  it('publish once in a workflow task, and no more often than once a second', async () => {
    await runner.deploying(fakeSteps(), input({ hosts, batch: COUNT }), async (handle) => {
      const { status } = await finalStatus(handle);
      assert.deepEqual([status.outcome, status.others], ['deployed', { good: COUNT - 50 }]);
      const { events } = await handle.fetchHistory();
      const failed = events?.filter((event) => event.workflowTaskFailedEventAttributes) ?? [];
      assert.deepEqual(failed, [], 'no more ends in one moment than the engine keeps for a workflow task');
      const published = (events ?? []).flatMap((event) => {
        const { workflowTaskCompletedEventId: task } = event.workflowPropertiesModifiedEventAttributes ?? {};
        return task == null ? [] : [{ task: String(task), second: Number(event.eventTime?.seconds) }];
      });
      assert.equal(new Set(published.map(({ task }) => task)).size, published.length);
      // The phases are published at once.
      const took = (published.at(-1)?.second ?? 0) - (published[0]?.second ?? 0);
      assert.ok(published.length <= took + 5, `${published.length} in ${took} s`);
    });
  });

  it('are asked of a worker by the client, and only counted where no worker answers', async () => {
    const steps = fakeSteps();
    const ended = await runner.deploying(steps, input({ hosts, batch: COUNT }), async (handle) => {
      const { status } = await finalStatus(handle);
      const run = await describeRun(runner.client, handle.workflowId, (await handle.describe()).runId);
      const whole = await wholeStatus(runner.client, run, status);
      assert.deepEqual(
        Object.keys(whole.status.hosts),
        hosts.map(({ name }) => name),
      );
      assert.deepEqual([whole.status.others, whole.note], [undefined, null]);
      return { run, status };
    });
    const { status, note } = await wholeStatus(runner.client, ended.run, ended.status, 500);
    assert.equal(Object.keys(status.hosts).length, 50);
    assert.match(note ?? '', /^No worker answered, so 30 of 80 hosts are only counted/);
  });

  it('are all in what the doctor found, whatever they have kept', async () => {
    const env = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`A${at}`, 'x'.repeat(1_000)]));
    const way = { address: hostTarget('web1').bind, settings: settings({ env }), moved: false };
    const probes = { live: way, lastGood: way, previousGood: way };
    const hosts = Array.from({ length: 20 }, (_, at) => hostTarget(`web${at}`));
    const steps = fakeSteps({ inspectHost: async () => ({ ...LIVE_AND_READY, probes }) });
    await runner.serving(steps, async (taskQueue) => {
      const findings = await runner.client.workflow.execute<typeof doctor>('doctor', {
        workflowId: randomUUID(),
        taskQueue,
        args: [doctorInput({ hosts })],
      });
      assert.deepEqual(
        Object.values(findings).map((found) => 'seen' in found && found.seen.why),
        Array(20).fill(LIVE_AND_READY.why),
      );
    });
  });
});

/**
 * Holds each call back until all hosts have come as far, so that the engine tells of their ends at once. A busy machine
 * may run a call a second time, which belongs to the same round as the first.
 */
function together(count: number, then: Behaviour): Behaviour {
  const calls = new Map<string, Round>();
  let round = new Round();
  return async (...call) => {
    const { info, cancelled } = Context.current();
    const mine = calls.get(info.activityId) ?? round;
    if (!calls.has(info.activityId)) {
      calls.set(info.activityId, mine);
      if (calls.size % count === 0) {
        round.open();
        round = new Round();
      }
    }
    // A worker that ends cancels the call: a test that has failed must not wait for the other hosts.
    await heartbeating(() => Promise.race([mine.opened, cancelled]));
    return then(...call);
  };
}

class Round {
  open = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
