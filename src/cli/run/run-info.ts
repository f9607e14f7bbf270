import {
  type Client,
  defaultPayloadConverter,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type DeployStatus, STATUS_MEMO } from '../../deployment/status';
import { CommandError } from '../exit-codes';
import { readStatus } from './read-status';

/** One run of a deploy, as a client found or started it. */
export interface RunInfo {
  workflowId: string;
  runId: string;
  /** The name of the workflow. Anybody who reaches the engine may have started another one under this id. */
  workflow: string;
  /** The status in the memo; null: none that this version can read. */
  status: DeployStatus | null;
  open: boolean;
  started: Date;
  /** The heartbeats of its running steps, and why they are retried; mostly empty. */
  doing: string;
  /** How often workers have begun its next decision; 0: none is due. */
  taskAttempts: number;
}

/** The latest run, open or not; null: never deployed from this engine. */
export async function latestRun(client: Client, workflowId: string): Promise<RunInfo | null> {
  try {
    return runInfo(await client.workflow.getHandle(workflowId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function describeRun(client: Client, workflowId: string, runId: string): Promise<RunInfo> {
  return runInfo(await client.workflow.getHandle(workflowId, runId).describe());
}

/** The run was ended from outside, without its undo and without an outcome. */
export function wasAbandoned({ open, status }: Pick<RunInfo, 'open' | 'status'>): boolean {
  return !open && (status === null || status.outcome === null || status.outcome === 'needs-operator');
}

/**
 * Refuses an open run that this version cannot deal with: a deploy would wait for it without end.
 * @throws CommandError
 */
export function assertKnownWorkflow({ workflow, workflowId }: RunInfo): void {
  if (workflow === 'deploy' || workflow === 'repair') return;
  throw new CommandError([
    `The run ${workflowId} has the workflow ${JSON.stringify(workflow.slice(0, 100))}, which this version of Landfall does not know. Nothing was started.`,
    'If a newer version of Landfall started the run, use that version. Otherwise end the run in the Temporal UI (Terminate).',
  ]);
}

export const TERMINATED = [
  'TERMINATED: the run was ended from outside, without its undo. Its hosts stand as it left them.',
  'What to do: deploy again, or landfall doctor with --repair; both inspect and repair them first.',
];

function runInfo(description: WorkflowExecutionDescription): RunInfo {
  return {
    workflowId: description.workflowId,
    runId: description.runId,
    workflow: description.type,
    status: readStatus(description.memo?.[STATUS_MEMO]),
    open: description.status.name === 'RUNNING',
    started: description.startTime,
    doing: doingOf(description.raw.pendingActivities ?? []),
    taskAttempts: description.raw.pendingWorkflowTask?.attempt ?? 0,
  };
}

function doingOf(steps: temporal.api.workflow.v1.IPendingActivityInfo[]): string {
  const words = steps.flatMap(({ attempt, lastFailure, heartbeatDetails }) => {
    const beat = heartbeatDetails?.payloads?.[0];
    return [
      beat ? saidBy(defaultPayloadConverter.fromPayload(beat)) : '',
      (attempt ?? 1) > 1 && lastFailure?.message ? `attempt ${attempt} after: ${lastFailure.message}` : '',
    ];
  });
  return words.filter((word) => word !== '').join('; ');
}

/** The words of a step's heartbeat. */
function saidBy(beat: unknown): string {
  if (typeof beat !== 'object' || beat === null || !('said' in beat)) return '';
  return typeof beat.said === 'string' ? beat.said : '';
}

/** The commit, who asked for it, since when, and how far the run is. */
export function runSummary({ status, started }: RunInfo): string {
  const what = status?.commit?.slice(0, 7) ?? status?.requested ?? 'an unknown commit';
  return `${what}, asked for by ${status?.by ?? 'somebody'}, since ${started.toISOString()} (${status?.outcome ?? status?.phase ?? 'starting'})`;
}

/** With the commit, because a branch may mean another one by now. */
export function deployName(status: DeployStatus | null): string {
  const { task, requested = 'unknown', commit = null } = status ?? {};
  if (task === 'restart') return `The restart of ${status?.service ?? 'the service'}`;
  const which = commit === null || commit === requested ? '' : `, which is ${commit.slice(0, 7)},`;
  return `The deploy of ${requested}${which}`;
}
