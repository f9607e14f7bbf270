import {
  type Client,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { CommandError, EXIT } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';
import { StallWatch } from './stall-watch';

/** A worker answers within milliseconds. Without a worker there is no answer, and the SDK would wait for ever. */
const ANSWER_LIMIT_MS = 30_000;

/** The run does not take it, and says why. */
export class UpdateRefused extends CommandError {}

/** The run has ended meanwhile. How it ended is for the caller to show. */
export class RunEnded extends CommandError {
  /** @param taken whether the run accepted it before it ended */
  constructor(
    update: string,
    readonly taken: boolean,
  ) {
    const what = taken ? 'took this as its last act' : 'did not take this any more';
    super(`The deploy has ended meanwhile, and ${what} (${update}).`, EXIT.needsOperator);
  }
}

/** The engine's word for a run that ended between accepting an update and answering it. */
const ENDED_BEFORE_ITS_ANSWER = 'AcceptedUpdateCompletedWorkflow';

/**
 * Tells a run something, and waits until it has taken it.
 * @returns what it answers
 * @throws UpdateRefused when the run refuses; RunEnded when it has ended
 * @throws CommandError when no worker answers; a worker may still take the update later
 * @throws the SDK's error when the engine is lost
 */
export async function sendUpdate<R, A>(
  client: Client,
  handle: WorkflowHandle,
  out: ConsoleOutput,
  update: UpdateDefinition<R, [A]>,
  argument: A,
): Promise<R> {
  try {
    const answer = client.connection.withDeadline(Date.now() + ANSWER_LIMIT_MS, () =>
      handle.executeUpdate(update, { args: [argument] }),
    );
    const stall = new StallWatch(client, out, 'the deploy', handle.workflowId);
    return await stall.during(`waiting for the deploy to take it (${update.name})`, answer);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      const { cause } = error;
      if (cause instanceof ApplicationFailure && cause.type === ENDED_BEFORE_ITS_ANSWER)
        throw new RunEnded(update.name, true);
      throw new UpdateRefused(cause?.message ?? error.message);
    }
    if (error instanceof WorkflowNotFoundError) throw await notFound(handle, update.name);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
      throw new CommandError(
        `The deploy did not answer within ${ANSWER_LIMIT_MS / 1000} s, and may still take this (${update.name}) as soon as a worker runs (landfall worker). Look how it stands before you ask again: landfall status`,
        EXIT.needsOperator,
      );
    }
    throw error;
  }
}

/** The engine says the same of a run that has ended and of an update that it forgot when it was restarted. */
async function notFound(handle: WorkflowHandle, update: string): Promise<Error> {
  const run = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  });
  if (run?.status.name !== 'RUNNING') return new RunEnded(update, false);
  return new CommandError(
    `The engine lost this (${update}) before the deploy took it. Ask again, after a look at how the deploy stands: landfall status`,
    EXIT.needsOperator,
  );
}
