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

/**
 * Tells a run something, and waits until it has taken it.
 * @throws CommandError when the run refuses, or when no worker answers
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
      throw new CommandError(error.cause?.message ?? error.message);
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
