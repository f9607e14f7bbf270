import {
  ApplicationFailure,
  CancellationScope,
  condition,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import { searchAttributesOf } from '../deployment/search-attributes';
import { type DeployStatus, STATUS_MEMO } from '../deployment/status';
import { statusMarkdown } from '../deployment/status-markdown';
import { pageOf, type StatusPage, summarized } from '../deployment/status-summary';
import { type Decision, type PageRequest, statusQuery } from './messages';
import { reasonOf } from './reason';

/** News of so few hosts is published without delay. */
const FEW_HOSTS = 20;

/**
 * Of more hosts, progress is published at most so often. Each publication makes the pause longer, because each
 * one stays in the history: six hours of steady news are about 1,700 publications.
 */
const PAUSE_MS = 1_000;
const LONGER_EACH_MS = 15;

const { checkSearchable } = proxyLocalActivities<Pick<Activities, 'checkSearchable'>>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

const ASK_LIKE_THIS = 'Ask for example {"from":0,"count":100}.';

/**
 * Publishes the status of a run: a summary in its memo and in the Temporal UI, the rest by a query. It publishes at
 * most once in a workflow task, because the engine takes no answer of more than 4 MB.
 */
export class StatusPublisher {
  /** A publication is on its way. */
  private isDue = false;
  private published = 0;
  private lastPublished = 0;
  /** The attributes that the engine has are in the history: the engine stops a run that sets another one. */
  private searchable = false;
  private searchedBy = '';

  constructor(readonly status: DeployStatus) {
    setHandler(statusQuery, (asked) => this.page(asked), {
      description: `The hosts of this run in pages, in the order of landfall.yaml. ${ASK_LIKE_THIS}`,
    });
    void this.askWhetherSearchable();
  }

  /** The status within what the engine takes: hosts in trouble first, the others counted. */
  get summary(): DeployStatus {
    return summarized(this.status);
  }

  /** Shows progress: at the end of this workflow task, or of many hosts a moment later. */
  publish(): void {
    if (this.isDue) return;
    this.publishAfter(async () => {
      await taskIsDone();
      await this.pause();
    });
  }

  enter(phase: DeployStatus['phase']): void {
    this.status.phase = phase;
    // Nothing comes after it.
    if (phase === 'ended') this.publishNow();
    else this.publishAfter(taskIsDone);
  }

  /**
   * @param failure why a person is needed
   * @param question the number that an answer names
   */
  sayOperatorNeeded(failure: unknown, question: number): void {
    this.status.outcome = 'needs-operator';
    this.status.trouble = reasonOf(failure);
    this.status.question = question;
    this.publishAfter(taskIsDone);
  }

  sayDecided({ choice, by }: Decision): void {
    this.status.outcome = null;
    this.status.trouble = null;
    this.status.question = null;
    this.status.decisions.push(`${choice} by ${by}`);
    this.publishAfter(taskIsDone);
  }

  private publishAfter(wait: () => Promise<void>): void {
    this.isDue = true;
    void CancellationScope.nonCancellable(wait).then(() => {
      if (this.isDue) this.publishNow();
    });
  }

  private publishNow(): void {
    this.isDue = false;
    this.published += 1;
    this.lastPublished = Date.now();
    const { summary } = this;
    upsertMemo({ [STATUS_MEMO]: summary });
    setCurrentDetails(statusMarkdown(summary));
    this.setSearchAttributes();
  }

  private async pause(): Promise<void> {
    if (Object.keys(this.status.hosts).length <= FEW_HOSTS || !this.isDue) return;
    const left = this.lastPublished + PAUSE_MS + LONGER_EACH_MS * this.published - Date.now();
    if (left > 0) await sleep(left, { summary: 'until the status is published again' });
  }

  private async askWhetherSearchable(): Promise<void> {
    try {
      this.searchable = await CancellationScope.nonCancellable(() => checkSearchable());
      if (this.searchable && this.status.phase !== 'ended') this.publish();
    } catch {
      // A run that cannot be searched is deployed all the same.
    }
  }

  /** Each change is an event, and most publications change none. */
  private setSearchAttributes(): void {
    if (!this.searchable) return;
    const attributes = searchAttributesOf(this.status);
    const values = JSON.stringify(attributes.map(({ value }) => value));
    if (values === this.searchedBy) return;
    this.searchedBy = values;
    upsertSearchAttributes(attributes);
  }

  private page(asked: unknown): StatusPage {
    const { from = 0, count = 100 } = (asked ?? {}) as Partial<PageRequest>;
    for (const number of [from, count])
      if (!Number.isSafeInteger(number) || number < 0)
        throw ApplicationFailure.nonRetryable(`from and count must be whole numbers. ${ASK_LIKE_THIS}`);
    return pageOf(this.status, from, count);
  }
}

/** Until everything else of this workflow task has happened. */
async function taskIsDone(): Promise<void> {
  let looks = 0;
  // The second look comes when nothing else is left to do.
  await condition(() => looks++ > 0);
}
