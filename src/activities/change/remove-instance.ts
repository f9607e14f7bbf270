import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';
import { untilStopped } from './until-stopped';

export interface RemoveInstanceInput extends Claimed {
  release: string;
}

/**
 * Undoes `startRelease`: the release alongside the live one ends, and is not started again. Touches no other
 * release. Safe to run twice.
 * @throws CommandFailed when it does not stop
 */
export function removeInstance(dependencies: Dependencies) {
  return (input: RemoveInstanceInput): Promise<Noted> =>
    heartbeating(async () => {
      const { release } = input;
      const call = hostOf(dependencies, input);
      const request = { claim: claimOf(input), release };
      await untilStopped(call, input, release, () => call('remove-instance', request));
      return { note: `${release} does not run` };
    });
}
