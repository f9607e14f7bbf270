import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Choice } from '../deployment/status';
import type { StatusPage } from '../deployment/status-summary';

export interface Decision {
  choice: Choice;
  /** Who chose, for the record. */
  by: string;
  /** The number of the question that is answered, as the status names it. */
  question: number;
}

/**
 * Answers a run that needs an operator, with what that leads to. The same decision again gets the same
 * answer. Refused without a current question, and for another question than the current one.
 */
export const decideUpdate = defineUpdate<string, [Decision]>('decide');

export interface Supersession {
  by: string;
  /** The commit that is deployed instead. */
  commit: string;
}

/**
 * Ends a run that waits for an operator or for hosts that cannot be reached, or soaks, so that another
 * deploy can start. Refused while it acts.
 */
export const supersedeUpdate = defineUpdate<void, [Supersession]>('supersede');

export interface PageRequest {
  /** The number of the first host, counted from 0. */
  from: number;
  /** At most 100 are answered at once. */
  count: number;
}

/** The hosts of a run in the order of landfall.yaml. The memo has only a summary where there are many. */
export const statusQuery = defineQuery<StatusPage, [PageRequest]>('status');
