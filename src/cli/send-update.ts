import {
  type Client,
  isGrpcServiceError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { CommandError, EXIT } from './exit-codes';

/** A worker answers within milliseconds; without one nobody does, and the SDK would wait for ever. */
const ANSWER_LIMIT_MS = 30_000;

/** The run does not take it, and says why. */
export class UpdateRefused extends CommandError {}

/**
 * Tells a run something, and waits until it has taken it.
 * @throws UpdateRefused when the run refuses; CommandError when no worker answers
 */
export async function sendUpdate<A>(
  client: Client,
  handle: WorkflowHandle,
  update: UpdateDefinition<void, [A]>,
  argument: A,
): Promise<void> {
  try {
    await client.connection.withDeadline(Date.now() + ANSWER_LIMIT_MS, () =>
      handle.executeUpdate(update, { args: [argument] }),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new UpdateRefused(error.cause?.message ?? error.message);
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error)) {
      throw new CommandError(
        'The deploy did not answer. Is a worker running (landfall worker)? How it stands: landfall status',
        EXIT.needsOperator,
      );
    }
    throw error;
  }
}
