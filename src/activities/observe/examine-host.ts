import type { ServiceSettings } from '../../config/deploy-input';
import { planOverlap } from '../../deployment/plan/switchover';
import { knownReleases } from '../../deployment/probes';
import type { ClaimRecord, HostFacts } from '../../host-agent/contract-types';
import type { Dependencies } from '../dependencies';
import { heartbeating } from '../step';
import { askLive } from './ask-live';
import { factsOf, type Inspection, inspectionOf, type Looking } from './inspect-host';

export interface ExamineHostInput extends Looking {
  /** The id under which this engine deploys the service: whose claims are this engine's own. */
  deployId: string;
}

/** The doctor's findings on a host. */
export interface Examination extends Inspection {
  /** Why the live release is not ready; empty when it is ready. */
  why: string;
  liveCommit: string | null;
  boots: HostFacts['boot'];
  /** Warnings for root about the state of the host, one sentence each. */
  warnings: string[];
  /** `ours`: it was made from this engine. */
  claim: (ClaimRecord & { ours: boolean }) | null;
}

/**
 * Looks at a host as `inspectHost` does, and changes nothing either. A bad state is a finding, not a reason to
 * stop. Safe to run twice.
 * @throws SetupNeeded when root must act first; CommandFailed when another program has the address
 */
export function examineHost(dependencies: Dependencies) {
  return (input: ExamineHostInput): Promise<Examination> =>
    heartbeating(async () => {
      const facts = await factsOf(dependencies, input);
      // A repair must not fail for memory: the live release may have to stop anyway.
      const settings: ServiceSettings = { ...input.settings, whenMemoryShort: 'restart' };
      const plan = settings.strategy === 'overlap' ? planOverlap({ ...input, settings }, facts) : null;
      const known = knownReleases(dependencies.signingKey, input, facts);
      const answer = await askLive(dependencies, input, facts, known);
      const { claim, live, releases, boot } = facts;
      const engine = `${dependencies.engine}/${input.deployId}`;
      return {
        // Where landfall.yaml says that it listens, not where an unfinished deploy has moved it.
        ...inspectionOf(facts, known, answer, plan === null ? null : { ...plan, before: null }),
        why: answer.why,
        liveCommit: releases.find((record) => record.id === live.release)?.commit ?? null,
        boots: boot,
        warnings: facts.warnings,
        claim: claim === null ? null : { ...claim, ours: claim.engine === engine },
      };
    });
}
