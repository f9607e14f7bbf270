import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { taskQueueFrom } from './connection';

/** A worker polls at least once a minute; the engine names workers for five minutes after they end. */
const LATELY_MS = 90_000;

type Poller = temporal.api.taskqueue.v1.IPollerInfo;

/** The workers that polled this engine in the last minutes, also those that have ended since. */
export async function pollersOf(client: Client): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueueFrom(process.env) },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return pollers ?? [];
}

/**
 * Watches whether a worker is connected: one has polled again since the last look. The engine's clock may
 * differ by hours. So its times are compared with its own earlier times, and never with the clock here.
 */
export class WorkerWatch {
  private lastAsked = '';
  private heard: number;

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.heard = now();
  }

  /** Call this repeatedly with the newest pollers. */
  isThere(pollers: Poller[]): boolean {
    if (pollers.length === 0) return false;
    const asked = pollers.map(({ identity, lastAccessTime }) => `${identity} ${timeIn(lastAccessTime)}`);
    const all = asked.sort().join();
    if (all !== this.lastAsked) {
      this.lastAsked = all;
      this.heard = this.now();
    }
    return this.now() - this.heard < LATELY_MS;
  }
}

function timeIn(time: Poller['lastAccessTime']): string {
  return `${time?.seconds ?? 0}.${time?.nanos ?? 0}`;
}
