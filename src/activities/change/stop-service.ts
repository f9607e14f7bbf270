import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';
import { untilStopped } from './until-stopped';

/**
 * The rollback of a first deploy: nothing running, nothing listening, nothing enabled. Safe to run twice.
 * @throws CommandFailed when the process does not go
 */
export function stopService(dependencies: Dependencies) {
  return (input: Claimed): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      // Asked again until it says so: only then the unit is gone too.
      await untilStopped(call, input, null, () => call('stop', { claim: claimOf(input) }));
      return { note: 'nothing runs, nothing is enabled' };
    });
}
