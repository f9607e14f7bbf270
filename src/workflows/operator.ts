import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { type Decision, decideUpdate, type Supersession, supersedeUpdate } from './messages';

/** What came of waiting for a person. */
export type Answer = { decision: Decision } | { superseded: Supersession };

/** The person on call, as the workflow meets them: by updates, which are refused while nobody is asked. */
export class Operator {
  private answer: Answer | null = null;
  private asked = false;

  constructor() {
    const decide = (decision: Decision): void => {
      this.answer = { decision };
    };
    const supersede = (superseded: Supersession): void => {
      this.answer = { superseded };
    };
    setHandler(decideUpdate, decide, { validator: (_: Decision) => this.refuseUnlessAsked() });
    setHandler(supersedeUpdate, supersede, { validator: (_: Supersession) => this.refuseUnlessAsked() });
  }

  /** Waits as long as it takes. */
  async ask(): Promise<Answer> {
    this.answer = null;
    this.asked = true;
    await condition(() => this.answer !== null);
    this.asked = false;
    if (this.answer === null) throw new Error('a condition ended without being met');
    return this.answer;
  }

  private refuseUnlessAsked(): void {
    if (this.asked && this.answer === null) return;
    throw ApplicationFailure.nonRetryable('This deploy waits for no decision: it acts, or has ended.');
  }
}
