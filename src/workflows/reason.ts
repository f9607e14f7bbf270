import { isCancellation } from '@temporalio/workflow';
import { type Evidence, failureOf } from '../deployment/failures';
import type { Reason } from '../deployment/status';

/** The reason of a failure, for people; the evidence stays in the failure itself. */
export function reasonOf(error: unknown): Reason {
  if (isCancellation(error)) {
    return { type: 'Cancelled', message: 'A cancel was asked for.', host: null, advice: '' };
  }
  const failure = failureOf(error);
  if (failure === null) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      type: 'Unexpected',
      message,
      host: null,
      advice: 'This is a defect of Landfall: please report it.',
    };
  }
  const { host, advice } = failure.details;
  return { type: failure.type, message: failure.message, host, advice };
}

/** The evidence that a failure brought along from one host. */
export function evidenceFrom(error: unknown, host: string): Evidence | undefined {
  const failure = failureOf(error);
  return failure?.details.host === host ? failure.details.evidence : undefined;
}
