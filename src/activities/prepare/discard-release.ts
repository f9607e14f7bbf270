import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface DiscardReleaseInput extends Claimed {
  release: string;
}

/**
 * Undoes `fetchRelease`: removes a release that this deploy brought and that will not serve. One
 * that was there before, is live or last good, stays. Safe to run twice.
 */
export function discardRelease(dependencies: Dependencies) {
  return (input: DiscardReleaseInput): Promise<Noted> =>
    heartbeating(async () => {
      const { claim, release } = { claim: claimOf(input), release: input.release };
      const { removed } = await hostOf(dependencies, input)('discard', { claim, release });
      return { note: removed ? `${release} removed` : `${release} kept` };
    });
}
