import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { DeployInput, DoctorInput } from '../../config/deploy-input';
import { type DeployStatus, STATUS_MEMO } from '../../deployment/status';
import { taskQueueFrom } from '../../temporal/connection';
import { taskTimeoutFor } from '../../temporal/task-timeout';
import { markdownSummary } from '../../text/safe-text';
import { CommandError, EXIT } from '../exit-codes';
import { latestRun, type RunInfo } from './run-info';

/** A deploy or a repair, to be started under the id of the deploys. */
export interface WantedRun {
  type: 'deploy' | 'repair';
  input: DeployInput | DoctorInput;
  /** The status of the run until the run publishes its own. */
  status: DeployStatus;
  isSame: (status: DeployStatus | null) => boolean;
}

/**
 * Starts a run.
 * @returns null when the run was started; otherwise the run that already has the id
 * @throws CommandError when the engine did not confirm the start and has no such run
 */
export async function startRun(
  client: Client,
  workflowId: string,
  wanted: WantedRun,
): Promise<RunInfo | null> {
  const { type, input, status, isSame } = wanted;
  try {
    await client.workflow.start(type, {
      workflowId,
      taskQueue: taskQueueFrom(process.env),
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      // A killed worker's workflow task goes to another worker after this time. There is no timeout
      // for the run itself: that would end it without its undo.
      workflowTaskTimeout: taskTimeoutFor(input.hosts.length),
      memo: { [STATUS_MEMO]: status },
      staticSummary: markdownSummary(`${input.service} to ${input.environment}: ${status.requested}`),
    });
    return null;
  } catch (error) {
    const latest = await latestRun(client, workflowId);
    if (error instanceof WorkflowExecutionAlreadyStartedError && latest !== null) return latest;
    // The answer may have been lost after the engine started it: looked up, never assumed.
    if (latest?.open && isSame(latest.status)) return null;
    throw new CommandError(
      `The engine did not confirm the start, and no such run is there: ${String(error)}. Nothing was started.`,
      EXIT.engineUnreachable,
    );
  }
}

/** The run that was just started. */
export async function startedRun(client: Client, workflowId: string): Promise<RunInfo> {
  const run = await latestRun(client, workflowId);
  if (run === null) throw new Error(`the run of ${workflowId} vanished right after its start`);
  return run;
}
