import {
  type Client,
  isGrpcServiceError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { CommandError, EXIT } from './exit-codes';
import { MissingWorker } from './missing-worker';
import type { Screen } from './screen';

/** A worker answers within milliseconds; without one nobody does, and the SDK would wait for ever. */
const ANSWER_LIMIT_MS = 30_000;

/** The run does not take it, and says why. */
export class UpdateRefused extends CommandError {}

/**
 * Tells a run something, and waits until it has taken it.
 * @throws UpdateRefused when the run refuses; CommandError when no worker answers: it may still take it later
 */
export async function sendUpdate<A>(
  client: Client,
  handle: WorkflowHandle,
  screen: Screen,
  update: UpdateDefinition<void, [A]>,
  argument: A,
): Promise<void> {
  try {
    const answer = client.connection.withDeadline(Date.now() + ANSWER_LIMIT_MS, () =>
      handle.executeUpdate(update, { args: [argument] }),
    );
    const missingWorker = new MissingWorker(client, screen, 'the deploy');
    await missingWorker.during(`waiting for the deploy to take it (${update.name})`, answer);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new UpdateRefused(error.cause?.message ?? error.message);
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error)) {
      throw new CommandError(
        `The deploy did not answer within ${ANSWER_LIMIT_MS / 1000} s, and may still take this (${update.name}) as soon as a worker runs (landfall worker). Look how it stands before you ask again: landfall status`,
        EXIT.needsOperator,
      );
    }
    throw error;
  }
}
