import type { Probe } from '../../deployment/model';
import type { Dependencies } from '../dependencies';
import { keep } from '../observe/kept-release';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted } from '../step';

export interface MarkGoodInput extends Claimed {
  release: string;
  environment: string;
  commit: string;
  /** Releases kept besides the live and the last good one. */
  keepReleases: number;
  /** How it runs, which is how it will be gone back to. */
  as: Probe;
}

/**
 * Makes the release the one to go back to and the one that boots, and closes the claim: the deploy has ended on this
 * host. Prunes old releases, never the live or last good one. The first of these is the deploy's commit point. Safe to
 * run twice.
 */
export function markGood(dependencies: Dependencies) {
  return (input: MarkGoodInput): Promise<Noted> =>
    heartbeating(async () => {
      const call = hostOf(dependencies, input);
      const { service, environment, host, release, commit, keepReleases } = input;
      const kept = keep(
        dependencies.signingKey,
        { service, environment, host: host.name, release, commit },
        input.as,
      );
      const { pruned } = await call('mark-good', {
        claim: claimOf(input),
        release,
        keep: keepReleases,
        ...(kept !== null && { kept }),
        outcome: 'deployed',
      });
      const removed = pruned.length === 0 ? '' : `; removed ${pruned.join(', ')}`;
      const lost = kept === null ? '; its settings are too long to be kept' : '';
      return { note: `${release} is last good and boots${removed}${lost}` };
    });
}
