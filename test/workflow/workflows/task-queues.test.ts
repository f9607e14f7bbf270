import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { deploy } from '../../../src/workflows';
import { hostTarget, input, settings, soakOf } from '../../harness/deploy-input';
import { notReady, until, untilCancelled } from './behaviours';
import { fakeSteps } from './fake-steps';
import { finalStatus, type Handle, WorkflowRunner } from './workflow-runner';

/** So many steps are taken at once by the worker of this test, and so many hosts soak. */
const SLOTS = 10;

const soak = soakOf(3_600_000);

describe('task queues, with fake steps', () => {
  let runner: WorkflowRunner;
  before(async () => {
    runner = await WorkflowRunner.start();
  });
  after(() => runner.stop());

  it('let another service be deployed while as many hosts soak as a worker has slots for steps', async () => {
    const hosts = Array.from({ length: SLOTS }, (_, at) => hostTarget(`web${at}`));
    const steps = fakeSteps({
      soak: async (...call) => (call[0] === 'other' ? undefined : untilCancelled(...call)),
    });
    const start = (taskQueue: string, about: Parameters<typeof input>[0]) =>
      runner.client.workflow.start<typeof deploy>('deploy', {
        workflowId: randomUUID(),
        taskQueue,
        args: [input(about)],
      });
    const deployBeside = async (taskQueue: string) => {
      const soaking = await start(taskQueue, { hosts, batch: SLOTS, settings: settings({ soak }) });
      // Distinct: a busy engine may begin a step twice.
      await until(() => new Set(steps.begun.filter((call) => call.endsWith(' soak'))).size === SLOTS);
      const other = await start(taskQueue, {
        service: 'other',
        hosts: [hostTarget('other')],
        settings: settings({ soak }),
      });
      const { status } = await finalStatus(other);
      assert.equal(status.outcome, 'deployed');
      await soaking.cancel();
      assert.equal((await finalStatus(soaking)).status.outcome, 'rolled-back');
    };
    await runner.serving(steps, deployBeside, { maxConcurrentActivityTaskExecutions: SLOTS });
  });

  it('take what only watches from a queue of its own, and compensations before everything else', async () => {
    const steps = fakeSteps({
      awaitReady: async (host, asked, nth) => (nth === 1 ? notReady(host, asked, nth) : undefined),
    });
    await runner.deploying(steps, input(), async (handle) => {
      await finalStatus(handle);
      const scheduled = await scheduledIn(handle);
      const { taskQueue } = (await handle.describe()).raw.executionConfig ?? {};
      const queues = new Map(scheduled.map(({ name, queue }) => [name, queue]));
      assert.equal(queues.get('restart'), taskQueue?.name);
      assert.equal(queues.get('awaitReady'), `${taskQueue?.name}-watch`);
      const first = scheduled.filter(({ priority }) => priority === 1).map(({ name }) => name);
      assert.deepEqual(first, ['restoreUnit', 'restart', 'awaitReady']);
    });
  });

  it('name the worker in the history: its machine, process, version and build', async () => {
    await runner.deploying(fakeSteps(), input(), async (handle) => {
      await finalStatus(handle);
      const { events = [] } = await handle.fetchHistory();
      const started = events?.find((event) => event.workflowTaskStartedEventAttributes);
      const { identity } = started?.workflowTaskStartedEventAttributes ?? {};
      assert.match(
        identity ?? '',
        new RegExp(`^landfall@\\S+ ${process.pid} \\d+\\.\\d+\\.\\d+\\+[0-9a-f]{12}$`),
      );
    });
  });
});

async function scheduledIn(handle: Handle) {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled
      ? [
          {
            name: scheduled.activityType?.name,
            queue: scheduled.taskQueue?.name,
            priority: scheduled.priority?.priorityKey,
          },
        ]
      : [],
  );
}
