import type { Duration } from '@temporalio/common';
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';

/** Quick first, because most lost connections come back at once; then no more often than every 5 s. */
const retry = { initialInterval: '300ms', backoffCoefficient: 2, maximumInterval: '5s' } as const;

const always = {
  retry,
  // The undo must not begin while the cancelled step still acts; the SDK's own default does not wait.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} satisfies ActivityOptions;

/** A worker that is gone is noticed, and its step taken over, within this time. */
const HEARTBEAT = '10s';

/** Beyond a step's own limit: time to find the host again, or for a worker to be replaced. */
const SPARE_SECONDS = 300;

/** A first contact: a host that is down is a reason to stop soon, before anything has changed. */
export function firstContact(summary: string): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary,
    heartbeatTimeout: HEARTBEAT,
    // One connection attempt is given up after 10 s; installing the helper takes a few.
    startToCloseTimeout: '30s',
    // Long enough for a host that has just been rebooted.
    scheduleToCloseTimeout: '40s',
  });
}

/** A step that asks the host for one short thing. */
export function quick(summary: string): Activities {
  return short(summary, `${SPARE_SECONDS}s`);
}

/** Tidying up after a deploy that changed nothing live: worth a try, not worth a wait. */
export function tidying(summary: string): Activities {
  return short(summary, '30s');
}

/** A step that may last: it heartbeats, and ends by itself within `limitSeconds`. */
export function lasting(summary: string, limitSeconds: number): Activities {
  return beating(summary, limitSeconds, `${Math.ceil(limitSeconds) + SPARE_SECONDS}s`);
}

/** A compensation: it keeps trying an unreachable host for hours, because nobody else will. */
export function undoing(summary: string, limitSeconds: number): Activities {
  return beating(summary, limitSeconds, '6h');
}

function short(summary: string, scheduleToCloseTimeout: Duration): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary,
    // Without a heartbeat: this bounds how long a dead worker can hold the step.
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout,
  });
}

function beating(summary: string, limitSeconds: number, scheduleToCloseTimeout: Duration): Activities {
  return proxyActivities<Activities>({
    ...always,
    summary,
    heartbeatTimeout: HEARTBEAT,
    // The step's own limit gives the better error, so it comes first.
    startToCloseTimeout: `${Math.ceil(limitSeconds) + 60}s`,
    scheduleToCloseTimeout,
  });
}
