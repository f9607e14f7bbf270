import type { Examination } from '../../activities/observe/examine-host';

/** What follows from what the doctor saw on one host. */
export interface Diagnosis {
  /** Nothing to mend, and nothing that a person has to look after. */
  well: boolean;
  /** What `landfall doctor --repair` would do there, in its order. */
  would: string[];
  /** What it could not mend; null: nothing. */
  beyond: string | null;
}

/** Pure. Shared by the repair, which acts on it, and by the command line, which shows it. */
export function diagnose(seen: Examination): Diagnosis {
  const would = [...repairs(seen)];
  const beyond = beyondRepair(seen);
  return { well: would.length === 0 && beyond === null, would, beyond };
}

/** A claim that a run has not given back. */
export function isClaimed({ claim }: Examination): boolean {
  return claim?.state === 'open';
}

function* repairs(seen: Examination): Generator<string> {
  const { lastGood, live, running, ready, leftovers } = seen;
  if (isClaimed(seen)) {
    const engine = seen.claim?.ours ? '' : ' (with --take-over, because it is of another engine)';
    yield `take the unfinished claim over, and close it${engine}`;
  }
  for (const leftover of leftovers) yield `mend that ${leftover}`;
  if (lastGood !== null && (!running || live !== lastGood)) yield `put ${lastGood} back in service`;
  else if (lastGood !== null && !ready) yield `wait for ${lastGood} to become ready, else start it anew`;
  else if (isLeft(seen)) yield 'put the unit from before back in service';
}

/** The first deploy to a host with a unit of its own was torn off. */
export function isLeft(seen: Examination): boolean {
  const back = seen.lastGood === null && isClaimed(seen) && (seen.bootIsForeign ?? false);
  return back && (!seen.running || seen.live !== null || !seen.ready);
}

function beyondRepair(seen: Examination): string | null {
  if (seen.lastGood !== null || isLeft(seen) || !seen.running || seen.ready) return null;
  return 'what runs is not ready, and nothing was ever good here that could be put back';
}
