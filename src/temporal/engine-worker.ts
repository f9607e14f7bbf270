import { hostname } from 'node:os';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities';
import { WATCHING, watchQueueOf } from '../deployment/watch-queue';
import { buildId, workflowCode } from './workflow-code';

export interface EngineWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities;
}

/** A soaking host takes a slot for hours, and next to nothing else. */
const WATCH_SLOTS = 1_000;

/** The workers of one process: one for each of the two task queues. */
export class EngineWorker {
  private constructor(private readonly workers: Worker[]) {}

  /**
   * Landfall's workflows with whatever activities it is given.
   * @param changes to the options of both workers, for tests
   */
  static async create(
    options: EngineWorkerOptions,
    changes: Partial<WorkerOptions> = {},
  ): Promise<EngineWorker> {
    const { connection, namespace, taskQueue, activities } = options;
    const build = buildId();
    const both = {
      connection,
      namespace,
      // The UI and every step's events show it.
      identity: `landfall@${hostname()} ${process.pid} ${build}`,
      workerDeploymentOptions: {
        version: { deploymentName: 'landfall', buildId: build },
        // A run continues with any worker that is there.
        useWorkerVersioning: false,
      },
      // A step that still runs then is handed over: its job on the host continues, and the next attempt finds it.
      shutdownGraceTime: '2s',
      // A cancel asked for by a person reaches a step with its next heartbeat.
      maxHeartbeatThrottleInterval: '1s',
      defaultHeartbeatThrottleInterval: '1s',
      ...changes,
    } as const;
    const main = await Worker.create({
      ...both,
      taskQueue,
      activities,
      ...workflowCode(),
      // After a killed worker the next workflow task reaches another worker within this time.
      stickyQueueScheduleToStartTimeout: '5s',
    });
    const watch = await Worker.create({
      ...both,
      taskQueue: watchQueueOf(taskQueue),
      activities: Object.fromEntries(WATCHING.map((name) => [name, activities[name]])),
      maxConcurrentActivityTaskExecutions: WATCH_SLOTS,
    });
    return new EngineWorker([main, watch]);
  }

  /**
   * Takes work until the process is told to stop, or `shutdown` is called.
   * @throws what ends one of the workers; the other one is then shut down as well
   */
  async run(): Promise<void> {
    const runs = this.workers.map((worker) =>
      worker.run().catch((error: unknown) => {
        this.shutdown();
        throw error;
      }),
    );
    await Promise.allSettled(runs);
    await Promise.all(runs);
  }

  /** Takes work for as long as that lasts. @returns its result */
  async runUntil<T>(work: () => Promise<T>): Promise<T> {
    const running = this.run();
    try {
      // A worker that fails ends the waiting.
      return await Promise.race([
        work(),
        running.then(() => Promise.reject(new Error('the worker has ended'))),
      ]);
    } finally {
      this.shutdown();
      await running;
    }
  }

  private shutdown(): void {
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}
