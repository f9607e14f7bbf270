import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface SwitchReleaseInput extends Claimed {
  release: string;
}

/**
 * Makes a running release the only one that takes connections. The previous release stops accepting at once,
 * finishes its requests, and ends. Safe to run twice. A rollback uses the same step.
 * @throws CommandFailed when the release does not run any more
 */
export function switchRelease(dependencies: Dependencies) {
  return (input: SwitchReleaseInput): Promise<Noted> =>
    heartbeating(async () => {
      const { release } = input;
      const { stopping } = await hostOf(dependencies, input)('switch', { claim: claimOf(input), release });
      const others = stopping.length === 0 ? '' : `; ${stopping.join(', ')} finishes its requests and ends`;
      return { note: `${release} takes over${others}` };
    });
}
