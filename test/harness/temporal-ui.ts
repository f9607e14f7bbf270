/** The actions on a run in the Temporal UI, which Landfall does not see. */
import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { connectAs, settingsOf } from './engine/connect';
import type { World } from './world';

/** The latest deploy or repair of a world. */
export async function onRun<T>(
  world: World,
  work: (run: WorkflowHandle, client: Client) => Promise<T>,
): Promise<T> {
  const { namespace } = world.engine;
  const connection = await connectAs(settingsOf(world.engine));
  try {
    const client = new Client({ connection, namespace });
    return await work(client.workflow.getHandle('deploy/shop/production'), client);
  } finally {
    await connection.close();
  }
}

export function terminate(world: World): Promise<void> {
  return onRun(world, async (run) => {
    await run.terminate('test');
  });
}

/** Resets the run to the latest point there is; it continues in a run of its own. */
export function reset(world: World): Promise<void> {
  return onRun(world, async (run, client) => {
    const events = (await run.fetchHistory()).events ?? [];
    const point = events.findLast((event) => event.workflowTaskCompletedEventAttributes);
    const { runId } = await run.describe();
    await client.workflowService.resetWorkflowExecution({
      namespace: world.engine.namespace,
      workflowExecution: { workflowId: run.workflowId, runId },
      reason: 'test',
      requestId: randomUUID(),
      workflowTaskFinishEventId: point?.eventId,
    });
  });
}

/** How the latest run ended. */
export function ended(world: World): Promise<string> {
  return onRun(world, async (run) => {
    await run.result().catch(() => undefined);
    return (await run.describe()).status.name;
  });
}
