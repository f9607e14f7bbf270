/** The processes of a host that were told to finish, as a status shows them. Pure. */
import type { FoundProcess } from './inspection';
import type { Draining } from './status';

/** A status of many hosts has its limits, and a person reads the newest first. */
const MOST = 5;

/** Those of a look at a host. */
export function drainingIn(processes: FoundProcess[] = []): Draining[] {
  return processes.flatMap(({ process, release, drainsUntil }) =>
    drainsUntil === null ? [] : [{ process, release, until: drainsUntil }],
  );
}

/** @returns undefined where no process drains */
export function together(newer: Draining[], older: Draining[] = []): Draining[] | undefined {
  const isNewer = (one: Draining) =>
    newer.some(({ process, release }) => process === one.process && release === one.release);
  const all = [...newer, ...older.filter((one) => !isNewer(one))].slice(0, MOST);
  return all.length === 0 ? undefined : all;
}
