import type { Asked } from '../host/protocol';
import type { Dependencies } from './dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from './step';

export interface MarkGoodInput extends Claimed {
  release: string;
  /** Releases kept besides the live and the last good one. */
  keep: number;
  /** Kept with it; absent where the host's helper keeps nothing of it. */
  asked?: Asked;
}

/**
 * Makes the release the one to go back to and the one that boots; prunes old ones, never the
 * live or last good one. The first of these is the deploy's commit point. Safe to run twice.
 */
export function markGood(dependencies: Dependencies) {
  return (input: MarkGoodInput): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const { release, keep, asked } = input;
      const { pruned } = await call('mark-good', {
        claim: claimOf(input),
        release,
        keep,
        ...(asked && { asked }),
      });
      const removed = pruned.length === 0 ? '' : `; removed ${pruned.join(', ')}`;
      return { note: `${input.release} is last good and boots${removed}` };
    });
}
