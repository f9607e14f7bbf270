import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { followRun, type RunEvent } from '../../src/cli/run/run-events';
import { latestRun } from '../../src/cli/run/run-info';
import type { Phase } from '../../src/deployment/status';
import { workflowIdOf } from '../../src/deployment/workflow-id';

/** For a question that is asked once: of an engine that runs, on a busy machine. */
const PATIENT_MS = 20_000;

const WORKFLOW_ID = workflowIdOf('shop', 'production');

/** One thing that a run did, and when this process heard of it (milliseconds since 1970). */
interface Heard {
  event: RunEvent;
  at: number;
}

/** Reads along with a run, over restarts of the engine, so that a test can act at a given step. */
export class RunWatch {
  private readonly heard: Heard[] = [];
  private readonly stop = new AbortController();
  private readonly reading: Promise<void>;
  private news: () => void = () => undefined;

  private constructor(
    private readonly address: string,
    readonly runId: string,
  ) {
    this.reading = this.read();
  }

  /** The run after the given one, as soon as there is one. */
  static async after(address: string, runBefore: string | null, signal: AbortSignal): Promise<RunWatch> {
    while (!signal.aborted) {
      const run = await withClient(address, (client) => latestRun(client, WORKFLOW_ID)).catch(() => null);
      if (run !== null && run.runId !== runBefore) return new RunWatch(address, run.runId);
      await delay(10);
    }
    throw new Error('the deploy ended without a run');
  }

  static async newest(address: string): Promise<string | null> {
    return (await withClient(address, (client) => latestRun(client, WORKFLOW_ID), PATIENT_MS))?.runId ?? null;
  }

  /** Names of the steps that have begun, in their order; one that is tried again counts once. */
  get steps(): string[] {
    return this.heard.flatMap(({ event }) => (event.kind === 'started' ? event.step : []));
  }

  /** The phase that the run says it is in. */
  get phase(): Phase {
    const told = this.heard.flatMap(({ event }) => (event.kind === 'status' ? event.status : []));
    return told.at(-1)?.phase ?? 'prepare';
  }

  /** @returns the name of the nth step (from 0), or the named one, as soon as it begins; null: the run ended before */
  async step(at: number | string): Promise<string | null> {
    for (;;) {
      const step = typeof at === 'number' ? this.steps[at] : this.steps.find((name) => name === at);
      if (step !== undefined) return step;
      if (this.hasEnded) return null;
      await new Promise<void>((resolve) => {
        this.news = resolve;
      });
    }
  }

  /** Seconds from a moment until the run reached its next step, or ended; null: it did neither. */
  recovery(since: number): number | null {
    const next = this.heard.find(({ event, at }) => at > since && ['started', 'closed'].includes(event.kind));
    return next === undefined ? null : (next.at - since) / 1000;
  }

  get hasEnded(): boolean {
    return this.heard.at(-1)?.event.kind === 'closed' || this.stop.signal.aborted;
  }

  /** Which worker has the step that is under way; null: none is, or no worker has it yet. */
  async workerAtWork(): Promise<number | null> {
    const describe = async (client: Client) => {
      const { raw } = await client.workflow.getHandle(WORKFLOW_ID, this.runId).describe();
      return raw.pendingActivities ?? [];
    };
    const pending = await withClient(this.address, describe, PATIENT_MS);
    const identity = pending.find(({ lastWorkerIdentity }) => lastWorkerIdentity)?.lastWorkerIdentity;
    return identity ? Number(identity.split('@')[0]) : null;
  }

  cancel(): Promise<unknown> {
    return this.tell((client) => client.workflow.getHandle(WORKFLOW_ID, this.runId).cancel());
  }

  terminate(): Promise<unknown> {
    return this.tell((client) => client.workflow.getHandle(WORKFLOW_ID, this.runId).terminate('a test'));
  }

  /** Begins the run once more from its last decision, as the UI's Reset does; this one ends. */
  reset(): Promise<unknown> {
    return this.tell(async (client) => {
      const workflowExecution = { workflowId: WORKFLOW_ID, runId: this.runId };
      const { namespace } = client.options;
      const { history } = await client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: workflowExecution,
      });
      const decided = history?.events?.findLast((event) => event.workflowTaskCompletedEventAttributes);
      await client.workflowService.resetWorkflowExecution({
        namespace,
        workflowExecution,
        reason: 'a test',
        requestId: randomUUID(),
        workflowTaskFinishEventId: decided?.eventId ?? null,
      });
    });
  }

  async end(): Promise<void> {
    this.stop.abort();
    this.news();
    await this.reading;
  }

  /** A run that ended a moment ago cannot be told anything, and an engine that restarts is waited for. */
  private async tell(work: (client: Client) => Promise<unknown>): Promise<void> {
    while (!this.hasEnded) {
      try {
        await withClient(this.address, work);
        return;
      } catch (error) {
        if (String(error).includes('already completed')) return;
        await delay(50);
      }
    }
  }

  private async read(): Promise<void> {
    while (!this.hasEnded) {
      let count = 0;
      await withClient(this.address, async (client) => {
        for await (const event of followRun(client, WORKFLOW_ID, this.runId, this.stop.signal)) {
          count += 1;
          // After a lost engine the story is read again from its beginning.
          if (count <= this.heard.length) continue;
          this.heard.push({ event, at: Date.now() });
          this.news();
        }
      }).catch(() => delay(50));
    }
  }
}

async function withClient<T>(
  address: string,
  work: (client: Client) => Promise<T>,
  connectTimeout = 2000,
): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
