import { defineUpdate } from '@temporalio/workflow';
import type { Choice } from './status';

export interface Decision {
  choice: Choice;
  /** Who chose, for the record. */
  by: string;
}

/** Answers a run that needs an operator. Refused while it does not. */
export const decideUpdate = defineUpdate<void, [Decision]>('decide');

export interface Supersession {
  by: string;
  /** What is deployed instead. */
  commit: string;
}

/**
 * Ends a run that waits for an operator or for hosts that cannot be reached, or soaks, so that another
 * deploy can start. Refused while it acts.
 */
export const supersedeUpdate = defineUpdate<void, [Supersession]>('supersede');
