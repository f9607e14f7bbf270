import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { fail, failureOf } from '../deployment/failures';
import { timeOf } from '../deployment/time-of';
import type { Retry } from './execute-step';
import type { Host } from './host';
import { reasonOf } from './reason';
import { oneTry, reaching } from './steps';

/** A host that answers and yet gives no outcome is given time: this long before the second wait, then twice as long. */
const FIRST_PAUSE_MS = 10_000;
/** Beyond that, six hours of such tries stay below 2,000 events. */
const LONGEST_PAUSE_MS = 300_000;

/**
 * Retries compensations, because only this run will make them. Each is retried for `rollback.keepTrying` while its
 * host cannot be reached, and the status says so. Between two tries no step runs on that host, so another deploy may
 * supersede this one.
 */
export const untilReachable: Retry = (host, summary, limitMs, attempt) =>
  keepTrying(host, (tries) => attempt(oneTry(summary, limitMs), tries));

async function keepTrying<T>(host: Host, attempt: (tries: number) => Promise<T>): Promise<T> {
  let outage: Outage | null = null;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(tries);
    } catch (error) {
      if (!mayPass(error) && !isTurnedAway(error)) throw error;
      outage ??= new Outage(host);
      await outage.pass(error);
    }
  }
}

/**
 * No connection, or no answer, or workers that died again and again: whether the change was made is
 * for the next try to find out.
 */
function mayPass(error: unknown): boolean {
  if (error instanceof ActivityFailure && isWorkerGone(error.cause)) return true;
  const type = failureOf(error)?.type;
  return type === 'HostUnreachable' || type === 'OutcomeUnknown';
}

function isWorkerGone(cause: unknown): boolean {
  return (
    cause instanceof TimeoutFailure ||
    (cause instanceof ApplicationFailure && cause.type === 'WorkerShutdown')
  );
}

/** A host that shuts down refuses every login; `awaitHost` shows whether that lasts. */
function isTurnedAway(error: unknown): boolean {
  return failureOf(error)?.type === 'AuthRejected';
}

/**
 * A time in which a host does not do what it is asked. One that is down costs 16 events
 * of history, however long it lasts; one that answers and gives no outcome, 19 for each try.
 */
class Outage {
  private readonly since = Date.now();
  /** Milliseconds, as all here. */
  private readonly limit: number;
  private pauseMs = 0;

  constructor(private readonly host: Host) {
    this.limit = host.input.settings.rollback.keepTrying;
  }

  /** Waits until the host answers again. @throws when the time is over, or for a failure that no wait can repair */
  async pass(error: unknown): Promise<void> {
    const { host } = this;
    if (this.left <= 0) throw this.gaveUp(error);
    const { state, problem } = host.fact;
    host.fact.state = 'unreachable';
    host.fact.problem = this.inWords(error);
    host.publish();
    try {
      await this.pause();
      await reaching(`${host.name}: wait until it answers`, Math.max(1_000, this.left)).awaitHost(host.on);
    } catch (last) {
      if (isCancellation(last) || !mayPass(last)) throw last;
      // Cut off by the end of the time, it says nothing of its own.
      throw this.gaveUp(reasonOf(last).host === null ? error : last);
    }
    Object.assign(host.fact, { state, problem });
    host.publish();
  }

  /** Not the first time: a lost connection mostly comes back at once. */
  private async pause(): Promise<void> {
    if (this.pauseMs > 0) await sleep(Math.min(this.pauseMs, this.left));
    this.pauseMs = Math.min(this.pauseMs === 0 ? FIRST_PAUSE_MS : this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  private get left(): number {
    return this.limit - (Date.now() - this.since);
  }

  private inWords(error: unknown): string {
    const until = this.since + this.limit;
    return `tried again until ${timeOf(until)}, without success since ${timeOf(this.since)}: ${reasonOf(error).message}`;
  }

  private gaveUp(error: unknown): Error {
    const { type, message } = failureOf(error) ?? { type: 'HostUnreachable', message: String(error) };
    return fail(
      type,
      `Given up after trying since ${timeOf(this.since)}, as long as rollback.keepTrying says: ${message}`,
      {
        host: this.host.name,
        advice: `Bring ${this.host.name} back, or take it out of landfall.yaml and deploy to the others with --supersede.`,
      },
    );
  }
}
