import type { Dependencies } from './dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';

export interface MarkGoodInput extends Claimed {
  release: string;
  /** Releases kept besides the live and the last good one. */
  keep: number;
}

/**
 * Makes the release the one to go back to and the one that boots; prunes old ones, never the
 * live or last good one. The first of these is the deploy's commit point. Safe to run twice.
 */
export function markGood(dependencies: Dependencies) {
  return (input: MarkGoodInput): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const { pruned } = await call('mark-good', {
        claim: claimOf(input),
        release: input.release,
        keep: input.keep,
      });
      const removed = pruned.length === 0 ? '' : `; removed ${pruned.join(', ')}`;
      return { note: `${input.release} is last good and boots${removed}` };
    });
}
