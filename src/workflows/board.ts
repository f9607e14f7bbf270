import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { Decision } from './messages';
import { reasonOf } from './reason';
import { type DeployStatus, STATUS_MEMO, statusMarkdown } from './status';

/** Where people look: what a run says about itself, in its memo and in the Temporal UI. */
export class Board {
  constructor(readonly status: DeployStatus) {}

  /** Shows the status as it is now. */
  publish(): void {
    upsertMemo({ [STATUS_MEMO]: this.status });
    setCurrentDetails(statusMarkdown(this.status));
  }

  enter(phase: DeployStatus['phase']): void {
    this.status.phase = phase;
    this.publish();
  }

  /**
   * @param failure why a person is needed
   * @param question the number that an answer names
   */
  sayOperatorNeeded(failure: unknown, question: number): void {
    this.status.outcome = 'needs-operator';
    this.status.trouble = reasonOf(failure);
    this.status.question = question;
    this.publish();
  }

  sayDecided({ choice, by }: Decision): void {
    this.status.outcome = null;
    this.status.trouble = null;
    this.status.question = null;
    this.status.decisions.push(`${choice} by ${by}`);
    this.publish();
  }
}
