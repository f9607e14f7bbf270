import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { markdownSummary } from '../text/safe-text';

/** Quick first, because most lost connections come back at once; then no more often than every 5 s. */
const retry = { initialInterval: '300ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;

const always = {
  retry,
  // The undo must not begin while the cancelled step still acts; the SDK's own default does not wait.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

/**
 * A worker that is gone is noticed after this time, so that another one has its step within 15 s also on
 * a busy machine. Steps report every 2 s: three reports may be lost, and a false alarm costs one attempt
 * more, which the host recognises.
 */
const HEARTBEAT = '8s';

/** Beyond a step's own limit: time to find the host again, or for a worker to be replaced. */
const SPARE_MS = 300_000;

/** A first contact: a host that is down is a reason to stop soon, before anything has changed. */
export function firstContact(summary: string): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary: markdownSummary(summary),
    heartbeatTimeout: HEARTBEAT,
    // One connection attempt is given up after 10 s; installing the helper takes a few.
    startToCloseTimeout: '30s',
    // An SSH server may be away for half a minute (an update, a reboot), and then the step takes its time.
    scheduleToCloseTimeout: '60s',
  });
}

/** A step that asks the host for one short thing. */
export function quick(summary: string): Activities {
  return short(summary, SPARE_MS);
}

/** Tidying up after a deploy that changed nothing live: worth a try, not worth a wait. */
export function tidying(summary: string): Activities {
  return short(summary, 30_000);
}

/** The last request to a host waits out an update of its SSH server: otherwise the claim would stay open. */
export function closing(summary: string): Activities {
  return short(summary, 90_000);
}

/** A step that may last: it heartbeats, and ends by itself within `limitMs` (milliseconds). */
export function lasting(summary: string, limitMs: number): Activities {
  return beating(summary, limitMs, {
    scheduleToCloseTimeout: limitMs + SPARE_MS,
  });
}

/**
 * A step for which only the time at work counts. Workers may be away as long again, and the step then takes longer: a
 * release that no worker watched is not called good.
 */
export function watching(summary: string, limitMs: number): Activities {
  return beating(summary, limitMs, {
    scheduleToCloseTimeout: 2 * limitMs + SPARE_MS,
  });
}

/**
 * One try of a compensation; `retryUntilReachable` continues from there. Attempts bound the try, so people learn of a
 * failure within 10 s (a closed port) to 70 s (silence). There is no limit from the scheduling on: without a worker
 * there was no try.
 */
export function oneTry(summary: string, limitMs: number): Activities {
  return beating(summary, limitMs, {
    retry: { ...retry, maximumAttempts: 6 },
    // A host that serves a bad release does not wait for other deploys.
    priority: { priorityKey: 1 },
  });
}

/** Waits for a host to answer, by retrying for as long as it may take. */
export function reaching(summary: string, limitMs: number): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary: markdownSummary(summary),
    heartbeatTimeout: HEARTBEAT,
    // One attempt may wait out a host that boots, and refuses logins for a minute.
    startToCloseTimeout: '120s',
    // The rest of the time that landfall.yaml gives an unreachable host.
    scheduleToCloseTimeout: limitMs,
    // The step only looks: a hotfix that supersedes the run need not wait for its end.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
}

function short(summary: string, scheduleToCloseTimeout: number): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary: markdownSummary(summary),
    heartbeatTimeout: HEARTBEAT,
    // A connection that fell silent is found within 15 s, which gives the better error: so later than that.
    startToCloseTimeout: '40s',
    scheduleToCloseTimeout,
  });
}

function beating(summary: string, limitMs: number, retries: Partial<ActivityOptions>): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary: markdownSummary(summary),
    heartbeatTimeout: HEARTBEAT,
    // The step's own limit gives the better error, so it comes first.
    startToCloseTimeout: limitMs + 60_000,
    ...retries,
  });
}
