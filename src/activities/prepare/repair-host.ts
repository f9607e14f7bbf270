import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

/**
 * Mends what a torn-off deploy left on the host: partial directories, a unit override that
 * nothing runs. Never touches what serves. Safe to run twice.
 */
export function repairHost(dependencies: Dependencies) {
  return (input: Claimed): Promise<Noted> =>
    heartbeating(async () => {
      const { mended } = await hostOf(dependencies, input)('repair', { claim: claimOf(input) });
      return { note: mended.length === 0 ? 'nothing to mend' : mended.join('; ') };
    });
}
