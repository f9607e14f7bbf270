/** Why a run that is open does not go on, which the run itself cannot say. */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { pollersOf } from '../../temporal/worker-there';
import { oneLine, shortened } from '../../text/safe-text';
import type { RunInfo } from './run-info';

/** One that fails is tried again at once; a worker that was killed costs one as well, and seldom two. */
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
    // One that died a moment ago is among them for five minutes: whoever follows the run notices sooner.
    ...((await pollersOf(client)).length > 0
      ? []
      : ['No worker is connected to this engine. The run waits for one. Start it: landfall worker']),
  ];
  return { lines, stuck };
}

/** What the worker could not do, and the ways out. */
export async function stuckInWords(client: Client, run: RunInfo): Promise<string[]> {
  const { taskAttempts: attempts } = run;
  const failure = await lastTaskFailure(client, run);
  if (failure === 'timed out') {
    return [
      `The run cannot go on: no worker finishes its next decision in time (attempt ${attempts}).`,
      "What to do: look at the worker's log and at the load of its machine. The run goes on by itself.",
    ];
  }
  const words = failure === null ? '.' : `: ${shortened(oneLine(failure.trim()), MOST_WORDS)}`;
  return [
    `The run cannot go on: the worker's code fails on its history (attempt ${attempts})${words}`,
    'What to do: run the version of the worker that started the run; it goes on by itself then.',
    'As a last resort end it in the Temporal UI (Terminate), and put its hosts in order: landfall doctor with --repair.',
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
