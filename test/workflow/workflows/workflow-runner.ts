import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../../src/activities';
import type { DeployInput, DoctorInput } from '../../../src/config/deploy-input';
import { type DeployStatus, STATUS_MEMO } from '../../../src/deployment/status';
import { EngineWorker } from '../../../src/temporal/engine-worker';
import { logToStandardError } from '../../../src/temporal/runtime';
import type { deploy } from '../../../src/workflows';
import { type WarmEngine, warmEngine } from '../../harness/engine/warm';
import { type FakeSteps, fakeSteps } from './fake-steps';

export type Handle = WorkflowHandle<typeof deploy>;

/** A real engine and real workers for the real workflow; only the steps are fakes. */
export class WorkflowRunner {
  /** One worker for the runs of a file: the start of a worker costs as much as a run. */
  private worker: Promise<SharedWorker> | null = null;
  /** By the id of the run that they serve. */
  private readonly steps = new Map<string, FakeSteps>();

  private constructor(
    private readonly engine: WarmEngine,
    private readonly connection: NativeConnection,
    readonly client: Client,
  ) {}

  static async start(): Promise<WorkflowRunner> {
    logToStandardError('text');
    const engine = await warmEngine();
    const connection = await NativeConnection.connect({ address: engine.address });
    const { address, namespace } = engine;
    const client = new Client({ connection: await Connection.connect({ address }), namespace });
    return new WorkflowRunner(engine, connection, client);
  }

  async stop(): Promise<void> {
    await (await this.worker)?.stop();
    await this.client.connection.close();
    await this.connection.close();
    await this.engine.stop();
  }

  /** Runs one deploy with these steps for as long as `use` needs it. */
  deploying<T>(steps: FakeSteps, input: DeployInput, use: (handle: Handle) => Promise<T>): Promise<T> {
    return this.running('deploy', steps, input, use);
  }

  /** The same for any of the workflows. */
  async running<T>(
    type: 'deploy' | 'repair',
    steps: FakeSteps,
    input: DeployInput | DoctorInput,
    use: (handle: Handle) => Promise<T>,
  ): Promise<T> {
    this.worker ??= this.startWorker();
    const { taskQueue, failed } = await this.worker;
    const workflowId = `deploy/${randomUUID()}`;
    this.steps.set(workflowId, steps);
    const handle = await this.client.workflow.start<typeof deploy>(type, {
      workflowId,
      taskQueue,
      // Of the two inputs the one has all that the other has.
      args: [input as DeployInput],
    });
    try {
      return await Promise.race([use(handle), failed]);
    } finally {
      await endRun(handle);
    }
  }

  private async startWorker(): Promise<SharedWorker> {
    const taskQueue = randomUUID();
    const ofRun = (name: keyof Activities) => (input: never) => {
      const id = Context.current().info.workflowExecution?.workflowId ?? '';
      const steps = this.steps.get(id);
      if (steps === undefined) throw new Error(`no fake steps for the run ${id}`);
      return (steps.activities[name] as (input: never) => unknown)(input);
    };
    const names = Object.keys(fakeSteps().activities) as (keyof Activities)[];
    const activities = Object.fromEntries(names.map((name) => [name, ofRun(name)])) as unknown as Activities;
    const worker = await this.createWorker(taskQueue, activities);
    const end = new AbortController();
    const running = worker.runUntil(() => aborted(end.signal));
    return {
      taskQueue,
      failed: running.then(() => new Promise<never>(() => undefined)),
      stop: async () => {
        end.abort();
        await running;
      },
    };
  }

  private createWorker(
    taskQueue: string,
    activities: Activities,
    changes: Partial<WorkerOptions> = {},
  ): Promise<EngineWorker> {
    const { namespace } = this.engine;
    return EngineWorker.create(
      { connection: this.connection, namespace, taskQueue, activities },
      // Cancellations reach the steps with the next heartbeat; tests need not wait for the usual throttle.
      { maxHeartbeatThrottleInterval: '50ms', defaultHeartbeatThrottleInterval: '50ms', ...changes },
    );
  }

  /**
   * Has a worker of its own with these steps for as long as `use` needs it.
   * @param changes to the worker's options
   */
  async serving<T>(
    steps: FakeSteps,
    use: (taskQueue: string) => Promise<T>,
    changes: Partial<WorkerOptions> = {},
  ): Promise<T> {
    const taskQueue = randomUUID();
    const worker = await this.createWorker(taskQueue, steps.activities, changes);
    return worker.runUntil(() => use(taskQueue));
  }

  /** Runs one deploy to its end. @returns what it says about itself, and how Temporal calls that */
  async outcome(steps: FakeSteps, input: DeployInput): Promise<{ status: DeployStatus; temporal: string }> {
    return this.deploying(steps, input, (handle) => finalStatus(handle));
  }
}

interface SharedWorker {
  taskQueue: string;
  /** Rejects when the worker fails; otherwise never settles. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/** A run that a test leaves open would hold its steps, and with them the worker. */
async function endRun(handle: Handle): Promise<void> {
  await handle.terminate('the test has ended').catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export async function finalStatus(handle: Handle): Promise<{ status: DeployStatus; temporal: string }> {
  await handle.result().catch(() => undefined);
  const description = await handle.describe();
  const status = statusOf(description.memo);
  if (status === null) throw new Error('the run wrote no status');
  return { status, temporal: description.status.name };
}

/** @returns null before the run's first word */
export function statusOf(memo: Record<string, unknown> | undefined): DeployStatus | null {
  return (memo?.[STATUS_MEMO] as DeployStatus | undefined) ?? null;
}
