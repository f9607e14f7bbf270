/** Why an open run does not continue, which the run itself cannot say. */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { pollersOf } from '../../temporal/worker-there';
import { oneLine, shortened } from '../../text/safe-text';
import type { RunInfo } from './run-info';

/** A failing attempt is repeated at once; a killed worker costs one attempt as well, and seldom two. */
const FAILING_ATTEMPTS = 3;
/** Beyond that the worker's log says more. */
const MOST_WORDS = 600;

/** Each is a fact with what to do about it. */
export interface Blockers {
  lines: string[];
  /** Whether it needs a person: a worker that is missing may only be restarting. */
  stuck: boolean;
}

/** Whether the worker has failed on this run again and again. */
export function failsOnHistory(run: Pick<RunInfo, 'open' | 'taskAttempts'>): boolean {
  return run.open && run.taskAttempts >= FAILING_ATTEMPTS;
}

/** Asks the engine alone, so that it needs no worker. */
export async function blockersOf(client: Client, run: RunInfo): Promise<Blockers> {
  if (!run.open) return { lines: [], stuck: false };
  const stuck = failsOnHistory(run);
  const lines = [
    ...(stuck ? await stuckInWords(client, run) : []),
    // A worker that died a moment ago is among them for five minutes; a following client notices sooner.
    ...((await pollersOf(client)).length > 0
      ? []
      : ['No worker is connected to this engine. The run waits for one. Start it: landfall worker']),
  ];
  return { lines, stuck };
}

/** Why the worker fails, and what to do. */
export async function stuckInWords(client: Client, run: RunInfo): Promise<string[]> {
  const { taskAttempts: attempts } = run;
  const failure = await lastTaskFailure(client, run);
  if (failure === 'timed out') {
    return [
      `The run cannot continue: no worker finishes its next decision in time (attempt ${attempts}).`,
      "What to do: look at the worker's log and at the load of its machine. The run then continues.",
    ];
  }
  const words = failure === null ? '.' : `: ${shortened(oneLine(failure.trim()), MOST_WORDS)}`;
  return [
    `The run cannot continue: the worker's code fails on its history (attempt ${attempts})${words}`,
    'What to do: start the version of the worker that started the run. The run then continues.',
    'As a last resort end the run in the Temporal UI (Terminate), and repair its hosts: landfall doctor with --repair.',
  ];
}

/** Only the first of several failed attempts is in the history. null: it says nothing of them. */
async function lastTaskFailure(client: Client, run: RunInfo): Promise<string | 'timed out' | null> {
  const { workflowId, runId } = run;
  try {
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 20,
    });
    for (const event of page.history?.events ?? []) {
      const failed = event.workflowTaskFailedEventAttributes;
      if (failed?.failure?.message) return failed.failure.message;
      if (failed) return temporal.api.enums.v1.WorkflowTaskFailedCause[failed.cause ?? 0] ?? null;
      if (event.workflowTaskTimedOutEventAttributes) return 'timed out';
      if (event.workflowTaskCompletedEventAttributes) return null;
    }
    return null;
  } catch (error) {
    // The fact itself is known; why, the worker's log tells too.
    if (isGrpcServiceError(error)) return null;
    throw error;
  }
}
