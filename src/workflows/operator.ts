import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { type Decision, decideUpdate, type Supersession, supersedeUpdate } from './messages';

/** What came of waiting for a person. */
export type Answer = { decision: Decision } | { superseded: Supersession };

/** The person on call, as the workflow meets them: by updates, which are refused while nobody is asked. */
export class Operator {
  private answer: Answer | null = null;
  private asked = false;
  /** Ends what may be ended without a rollback; null while nothing may. */
  private interrupt: ((by: Supersession) => void) | null = null;

  constructor() {
    const decide = (decision: Decision): void => {
      this.answer = { decision };
    };
    const supersede = (superseded: Supersession): void => {
      if (this.interrupt === null) this.answer = { superseded };
      else this.interrupt(superseded);
    };
    setHandler(decideUpdate, decide, { validator: (_: Decision) => this.refuseUnlessAsked() });
    setHandler(supersedeUpdate, supersede, {
      validator: (_: Supersession) => {
        if (this.interrupt === null) this.refuseUnlessAsked();
      },
    });
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

  /**
   * Does what another deploy may cut short without anything being taken back.
   * @returns who cut it short; null when it was done
   */
  async unlessSuperseded(work: () => Promise<void>): Promise<Supersession | null> {
    const scope = new CancellationScope();
    let by: Supersession | null = null;
    this.interrupt = (supersession) => {
      by = supersession;
      scope.cancel();
    };
    try {
      await scope.run(work);
    } catch (error) {
      if (by === null) throw error;
    } finally {
      this.interrupt = null;
    }
    return by;
  }

  private refuseUnlessAsked(): void {
    if (this.asked && this.answer === null) return;
    throw ApplicationFailure.nonRetryable('This deploy waits for no decision: it acts, or has ended.');
  }
}
