import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface CloseClaimInput extends Claimed {
  outcome: string;
}

/** Tells the host that this deploy has ended, so that any engine's next one may claim it. Safe to run twice. */
export function closeClaim(dependencies: Dependencies) {
  return (input: CloseClaimInput): Promise<Noted> =>
    heartbeating(async () => {
      await hostOf(dependencies, input)('finish', { claim: claimOf(input), outcome: input.outcome });
      return { note: input.outcome };
    });
}
