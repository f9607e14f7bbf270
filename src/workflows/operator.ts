import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { Choice } from '../deployment/status';
import { checkDecision, checkSupersession, refusal } from './check-message';
import { type Decision, decideUpdate, type Supersession, supersedeUpdate } from './messages';

/** The result of the wait for an operator. */
export type Answer = { decision: Decision } | { superseded: Supersession };

const IS_NOT_ASKING =
  'This run is not waiting for a decision. It is still running; try again shortly, or look at it: landfall status.';
const ACTS_NOW = 'This run is changing hosts right now, which ends soon: try again shortly.';

/** Whether something may be cut short right now, by a person's decision and by another deploy. */
interface Interruptible {
  mayDecide: () => boolean;
  maySupersede: () => boolean;
}

/** A decision that was taken, and what was answered to it. */
interface Taken extends Decision {
  leadsTo: string;
}

/** The operator, whom the workflow meets through updates; these are refused without a current question. */
export class Operator {
  private answer: Answer | null = null;
  private asked = false;
  /** The number of the newest question; 0: none yet. */
  private question = 0;
  private readonly taken = new Map<number, Taken>();
  /** Ends what may be cut short, at the moments when it may; null while nothing is. */
  private interruption: (Interruptible & { end: (answer: Answer) => void }) | null = null;

  /** @param leadsTo what a choice leads to at that moment, in a sentence */
  constructor(private readonly leadsTo: (choice: Choice) => string) {
    setHandler(decideUpdate, (decision: Decision) => this.decide(decision), {
      validator: (argument: unknown) => this.checkDecision(argument),
      description:
        'Answers a run that needs an operator: {"choice":"retry"|"accept"|"go-forward","by":"your name","question":<the number in the current details>}.',
    });
    setHandler(supersedeUpdate, (superseded: Supersession) => this.take({ superseded }), {
      validator: (argument: unknown) => {
        checkSupersession(argument);
        this.refuseUnless('maySupersede', ACTS_NOW);
      },
      description:
        'Ends a run that waits or soaks, so that another deploy can start (landfall deploy --supersede sends it): {"commit":"what is deployed instead","by":"your name"}.',
    });
  }

  /** @returns the number of a new question; a decision for an earlier one is none for this */
  pose(): number {
    this.question += 1;
    return this.question;
  }

  /** Waits for the answer as long as it takes. */
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

  private checkDecision(argument: unknown): void {
    checkDecision(argument);
    const { choice, question } = argument;
    const taken = this.taken.get(question);
    if (taken?.choice === choice) return;
    if (taken !== undefined)
      throw refusal(`Question ${question} was answered with ${taken.choice} by ${taken.by}.`);
    const isOpen = this.question > 0 && !this.taken.has(this.question);
    this.refuseUnless('mayDecide', isOpen ? ACTS_NOW : IS_NOT_ASKING);
    if (question !== this.question)
      throw refusal(
        `Question ${question} is not asked; question ${this.question} is. Look at it before you decide: landfall status.`,
      );
  }

  /** A decision may come twice, because the first answer was lost: it counts once. */
  private decide(decision: Decision): string {
    const taken = this.taken.get(decision.question);
    if (taken !== undefined)
      return `Question ${taken.question} was answered so before, by ${taken.by}: ${taken.leadsTo}`;
    const leadsTo = this.leadsTo(decision.choice);
    this.taken.set(decision.question, { ...decision, leadsTo });
    this.take({ decision });
    return leadsTo;
  }

  private take(answer: Answer): void {
    if (this.interruption === null) this.answer = answer;
    else this.interruption.end(answer);
  }

  private refuseUnless(may: keyof Interruptible, why: string): void {
    const { interruption } = this;
    if (interruption === null ? !this.asked || this.answer !== null : !interruption[may]())
      throw refusal(why);
  }
}
