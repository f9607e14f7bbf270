import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

/**
 * Removes what an abandoned deploy left on the host: partial directories, a unit override that no process uses.
 * Never touches the live unit. Safe to run twice.
 */
export function repairHost(dependencies: Dependencies) {
  return (input: Claimed): Promise<Noted> =>
    heartbeating(async () => {
      const { mended } = await hostOf(dependencies, input)('repair', { claim: claimOf(input) });
      return { note: mended.length === 0 ? 'nothing to repair' : mended.join('; ') };
    });
}
