import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TASK_QUEUE } from './connection';

/** A worker asks anew at least once a minute; the engine names those that are gone for five. */
const LATELY_MS = 90_000;

type Poller = temporal.api.taskqueue.v1.IPollerInfo;

/** Who has asked this engine for Landfall's work in the last minutes, workers that have ended since included. */
export async function pollersOf(client: Client): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return pollers ?? [];
}

/**
 * Whether a worker is there: one has asked anew while this was looking. The engine's clock may be hours off
 * this one, so what it tells is compared with what it told before, and never with the time here.
 */
export class WorkerWatch {
  private lastAsked = '';
  private heard: number;

  /** @param now milliseconds of a clock that nobody sets */
  constructor(private readonly now: () => number = () => performance.now()) {
    this.heard = now();
  }

  /** To be told again and again who has asked. */
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
