import { CancellationScope, condition, setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import { type DeployStatus, STATUS_MEMO, statusMarkdown } from '../deployment/status';
import { shortened } from '../safe-text';
import type { Decision } from './messages';
import { reasonOf } from './reason';

/** For so many each word is told at once, and whole. */
const FEW_HOSTS = 20;

/** Characters, shared by all hosts where they are more; and what each has at least. */
const MOST_PROBLEMS = 100_000;
const LEAST_PROBLEM = 100;

/** Where people look: what a run says about itself, in its memo and in the Temporal UI. */
export class Board {
  /** Something is to be told as soon as everything else of this moment has happened. */
  private isDue = false;

  constructor(readonly status: DeployStatus) {}

  /** The status within what the engine takes: the problems of many hosts are cut. */
  get shown(): DeployStatus {
    const hosts = Object.entries(this.status.hosts);
    if (hosts.length <= FEW_HOSTS) return this.status;
    const most = Math.max(LEAST_PROBLEM, Math.floor(MOST_PROBLEMS / hosts.length));
    const cut = hosts.map(([name, { problem, mended, ...fact }]) => [
      name,
      {
        ...fact,
        problem: problem === null ? null : shortened(problem, most),
        ...(mended === undefined ? {} : { mended: shortened(mended, most) }),
      },
    ]);
    return { ...this.status, hosts: Object.fromEntries(cut) };
  }

  /**
   * Shows the status as it is now. Of many hosts that have news in one moment it is told once: a status for
   * each of them would together be more than the engine takes in one message, and the run would hang.
   */
  publish(): void {
    if (Object.keys(this.status.hosts).length <= FEW_HOSTS) this.tell();
    else if (!this.isDue) this.tellSoon();
  }

  private tellSoon(): void {
    this.isDue = true;
    let looks = 0;
    // The second look comes when nothing else is left to do.
    const quiet = CancellationScope.nonCancellable(() => condition(() => looks++ > 0));
    void quiet.then(() => {
      if (this.isDue) this.tell();
    });
  }

  private tell(): void {
    this.isDue = false;
    upsertMemo({ [STATUS_MEMO]: this.shown });
    setCurrentDetails(statusMarkdown(this.shown));
  }

  enter(phase: DeployStatus['phase']): void {
    this.status.phase = phase;
    if (phase === 'ended') this.tell();
    else this.publish();
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
