import { ApplicationFailure, allHandlersFinished, CancelledFailure, condition } from '@temporalio/workflow';
import type { FailureType } from '../deployment/failures';
import type { DeployStatus, Outcome } from '../deployment/status';
import type { StatusPublisher } from './status-publisher';

export type Ending = Exclude<Outcome, 'needs-operator'>;

/** How Temporal's own status calls a run that did not do what it was asked to; null: it did. */
const FAILURE_TYPE: Record<Ending, FailureType | null> = {
  deployed: null,
  repaired: null,
  rejected: 'ReleaseRejected',
  'rolled-back': 'RolledBack',
  accepted: 'Accepted',
  superseded: 'Superseded',
  'not-repaired': 'NotRepaired',
};

/**
 * Writes the outcome, then closes the run with it.
 * @returns the final status
 * @throws unless the run did what it was asked to, so that its own status tells too
 */
export async function endRun(publisher: StatusPublisher, outcome: Ending): Promise<DeployStatus> {
  const { status } = publisher;
  status.outcome = outcome;
  status.question = null;
  publisher.enter('ended');
  await condition(allHandlersFinished);
  const type = FAILURE_TYPE[outcome];
  if (type === null) return publisher.summary;
  if (isCancelled(status, outcome)) throw new CancelledFailure(`cancelled: ${outcome}`);
  const message = status.reason?.message ?? outcome;
  const details = [publisher.summary];
  throw ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

/** A run that an operator or another deploy ended is not cancelled, nor is a repair that failed. */
function isCancelled({ cancelled, reason }: DeployStatus, outcome: Ending): boolean {
  if (outcome === 'not-repaired') return reason === null;
  return cancelled && (outcome === 'rejected' || outcome === 'rolled-back');
}
