import { ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { type Decision, decideUpdate, type Supersession, supersedeUpdate } from './messages';

/** What came of waiting for a person. */
export type Answer = { decision: Decision } | { superseded: Supersession };

const WAITS_FOR_NONE =
  'This deploy waits for no decision right now: it acts (then try again in a moment), or has ended.';
const ACTS_NOW = 'This deploy is changing hosts right now, which ends soon: try again in a moment.';

/** Whether something may be cut short right now, by a person's decision and by another deploy. */
interface Interruptible {
  mayDecide: () => boolean;
  maySupersede: () => boolean;
}

/** The person on call, as the workflow meets them: by updates, which are refused while nobody is asked. */
export class Operator {
  private answer: Answer | null = null;
  private asked = false;
  /** Ends what may be cut short, at the moments when it may; null while nothing is. */
  private interruption: (Interruptible & { end: (answer: Answer) => void }) | null = null;

  constructor() {
    const decide = (decision: Decision): void => this.take({ decision });
    const supersede = (superseded: Supersession): void => this.take({ superseded });
    setHandler(decideUpdate, decide, {
      validator: (_: Decision) => this.refuseUnless('mayDecide', WAITS_FOR_NONE),
    });
    setHandler(supersedeUpdate, supersede, {
      validator: (_: Supersession) => this.refuseUnless('maySupersede', ACTS_NOW),
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
   * Does what a person, or another deploy, may cut short without anything more being changed.
   * @returns the answer that cut it short; null when it was done
   */
  async unlessAnswered(work: () => Promise<void>, may: Interruptible): Promise<Answer | null> {
    const scope = new CancellationScope();
    let answered: Answer | null = null;
    const never = () => false;
    const end = (answer: Answer): void => {
      answered = answer;
      // One answer: the next one is refused, also when both arrive in the same moment.
      this.interruption = { mayDecide: never, maySupersede: never, end };
      scope.cancel();
    };
    this.interruption = { ...may, end };
    try {
      await scope.run(work);
    } catch (error) {
      if (answered === null) throw error;
    } finally {
      this.interruption = null;
    }
    return answered;
  }

  private take(answer: Answer): void {
    if (this.interruption === null) this.answer = answer;
    else this.interruption.end(answer);
  }

  private refuseUnless(may: keyof Interruptible, why: string): void {
    if (this.interruption === null) {
      if (!this.asked || this.answer !== null) throw ApplicationFailure.nonRetryable(WAITS_FOR_NONE);
    } else if (!this.interruption[may]()) throw ApplicationFailure.nonRetryable(why);
  }
}
