const LEAST_MS = 5_000;
const PER_HOST_MS = 20;
/** The engine allows no more. */
const MOST_MS = 120_000;

/**
 * How long a worker may take for one workflow task of a run, in milliseconds. A worker that takes over a run
 * reads its whole history within this time. A killed worker's task goes to another worker after it.
 */
export function taskTimeoutFor(hosts: number): number {
  return Math.min(MOST_MS, LEAST_MS + PER_HOST_MS * hosts);
}
