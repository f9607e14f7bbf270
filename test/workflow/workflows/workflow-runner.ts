import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { DeployInput, DoctorInput } from '../../../src/config/deploy-input';
import { type DeployStatus, STATUS_MEMO } from '../../../src/deployment/status';
import { EngineWorker } from '../../../src/temporal/engine-worker';
import { logToStandardError } from '../../../src/temporal/runtime';
import type { deploy } from '../../../src/workflows';
import { type WarmEngine, warmEngine } from '../../harness/engine/warm';
import type { FakeSteps } from './fake-steps';

export type Handle = WorkflowHandle<typeof deploy>;

/** A real engine and real workers for the real workflow; only the steps are fakes. */
export class WorkflowRunner {
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
    return this.serving(steps, async (taskQueue) => {
      const handle = await this.client.workflow.start<typeof deploy>(type, {
        workflowId: `deploy/${randomUUID()}`,
        taskQueue,
        // Of the two inputs the one has all that the other has.
        args: [input as DeployInput],
      });
      return use(handle);
    });
  }

  /**
   * Has a worker with these steps for as long as `use` needs it.
   * @param changes to the worker's options
   */
  async serving<T>(
    steps: FakeSteps,
    use: (taskQueue: string) => Promise<T>,
    changes: Partial<WorkerOptions> = {},
  ): Promise<T> {
    const taskQueue = randomUUID();
    const { namespace } = this.engine;
    const worker = await EngineWorker.create(
      { connection: this.connection, namespace, taskQueue, activities: steps.activities },
      // Cancellations reach the steps with the next heartbeat; tests need not wait for the usual throttle.
      { maxHeartbeatThrottleInterval: '50ms', defaultHeartbeatThrottleInterval: '50ms', ...changes },
    );
    return worker.runUntil(() => use(taskQueue));
  }

  /** Runs one deploy to its end. @returns what it says about itself, and how Temporal calls that */
  async outcome(steps: FakeSteps, input: DeployInput): Promise<{ status: DeployStatus; temporal: string }> {
    return this.deploying(steps, input, (handle) => finalStatus(handle));
  }
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
