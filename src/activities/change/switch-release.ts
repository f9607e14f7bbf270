import type { Dependencies } from '../dependencies';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface SwitchReleaseInput extends Claimed {
  release: string;
}

/**
 * Makes a release that runs the only one that takes connections: the one before stops accepting at
 * once, finishes the requests that it has, and ends by itself. Safe to run twice, and the same
 * step goes back.
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
