import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { type Decision, decideUpdate, type Supersession, supersedeUpdate } from './messages';

/** What came of waiting for a person. */
export type Answer = { decision: Decision } | { superseded: Supersession };

const ACTS_NOW = 'This deploy is changing hosts right now, which ends soon: try again in a moment.';

/** The person on call, as the workflow meets them: by updates, which are refused while nobody is asked. */
export class Operator {
  private answer: Answer | null = null;
  private asked = false;
  /** Ends what another deploy may cut short, at the moments when it may; null while nothing is. */
  private interruption: { may: () => boolean; end: (by: Supersession) => void } | null = null;

  constructor() {
    const decide = (decision: Decision): void => {
      this.answer = { decision };
    };
    const supersede = (superseded: Supersession): void => {
      if (this.interruption === null) this.answer = { superseded };
      else this.interruption.end(superseded);
    };
    setHandler(decideUpdate, decide, { validator: (_: Decision) => this.refuseUnlessAsked() });
    setHandler(supersedeUpdate, supersede, {
      validator: (_: Supersession) => {
        if (this.interruption === null) this.refuseUnlessAsked();
        else if (!this.interruption.may()) throw ApplicationFailure.nonRetryable(ACTS_NOW);
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
   * Does what another deploy may cut short without anything more being changed.
   * @param may whether it may right now
   * @returns who cut it short; null when it was done
   */
  async unlessSuperseded(work: () => Promise<void>, may = () => true): Promise<Supersession | null> {
    const scope = new CancellationScope();
    let by: Supersession | null = null;
    const end = (supersession: Supersession): void => {
      by = supersession;
      scope.cancel();
    };
    this.interruption = { may, end };
    try {
      await scope.run(work);
    } catch (error) {
      if (by === null) throw error;
    } finally {
      this.interruption = null;
    }
    return by;
  }

  private refuseUnlessAsked(): void {
    if (this.asked && this.answer === null) return;
    throw ApplicationFailure.nonRetryable('This deploy waits for no decision: it acts, or has ended.');
  }
}
