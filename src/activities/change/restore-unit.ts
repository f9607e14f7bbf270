import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface RestoreUnitInput extends Claimed {
  /** The text that was in force before this deploy, or the one that boots: last good's. */
  to: 'before' | 'boot';
}

/**
 * Undoes `renderUnit`: restores an earlier unit text.
 * Touches no process. Safe to run twice.
 */
export function restoreUnit(dependencies: Dependencies) {
  return (input: RestoreUnitInput): Promise<Noted> =>
    heartbeating(async () => {
      const { to } = input;
      const { restored } = await hostOf(dependencies, input)('restore-unit', { claim: claimOf(input), to });
      const which = to === 'before' ? 'from before' : 'of the last good release';
      return { note: restored ? `the unit text ${which} is restored` : 'nothing to restore' };
    });
}
