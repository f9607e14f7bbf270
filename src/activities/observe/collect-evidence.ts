import type { Evidence } from '../../deployment/failures';
import type { Dependencies } from '../dependencies';
import { heartbeating, hostOf, type Noted, type OnHost } from '../step';
import { takeEvidence } from './evidence';

export interface CollectedEvidence extends Noted {
  host: string;
  evidence: Evidence;
}

/**
 * Keeps what a rollback is about to destroy: the unit's state and the journal of the present
 * start. For failures that did not bring their own evidence. Read-only; safe to run twice.
 */
export function collectEvidence(dependencies: Dependencies) {
  return (input: OnHost): Promise<CollectedEvidence> =>
    heartbeating(async () => {
      const evidence = await takeEvidence(hostOf(dependencies, input), null, null, null);
      return {
        host: input.host.name,
        evidence,
        note: `${evidence.journal?.length ?? 0} lines of the journal`,
      };
    });
}
