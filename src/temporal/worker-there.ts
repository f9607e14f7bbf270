import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TASK_QUEUE } from './connection';

/** A worker asks anew at least once a minute; the engine names those that are gone for five. */
const LATELY_MS = 90_000;

type Poller = temporal.api.taskqueue.v1.IPollerInfo;

/** Whether any worker has asked this engine for Landfall's work lately. */
export async function isWorkerThere(client: Client): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? []).some((poller) => hasAskedLately(poller, Date.now()));
}

/** @param now in milliseconds. Clocks of engine and client may differ by seconds, which is within the limit. */
export function hasAskedLately({ lastAccessTime }: Poller, now: number): boolean {
  return now - Number(lastAccessTime?.seconds ?? 0) * 1000 < LATELY_MS;
}
