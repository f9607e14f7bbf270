import { workflowInfo } from '@temporalio/workflow';
import type { DeployInput } from '../config/deploy-input';
import { type Inspection, isClaimed } from '../deployment/inspection';
import { type Refusal, refusalsOf, refuse } from '../deployment/plan/refusals';
import type { Host } from './host';

/**
 * Looks at a host before a deploy changes anything there.
 * @param takesOver an abandoned deploy left the host: what that one needed may have to go anyway
 * @param installs as for `look`
 * @throws what speaks against the deploy, for a person to correct first
 */
export async function inspectFor(
  host: Host,
  input: DeployInput,
  question: string,
  { takesOver = false, installs = false } = {},
): Promise<Inspection> {
  const goesBack = 'previous' in input.source;
  const seen = await host.look(question, goesBack ? 'rollback' : 'deploy', installs);
  refuse(host.name, refusalsFor(host, input, seen, takesOver));
  return seen;
}

/** The refusals of a host, for a deploy and for its plan. */
export function refusalsFor(
  { target: host }: Host,
  { service, settings, source, fixForward, stopFirst = false }: DeployInput,
  seen: Inspection,
  takesOver = false,
): Refusal[] {
  const goesBack = 'previous' in source;
  const isLeft = isClaimed(seen) && seen.claim?.run !== workflowInfo().runId;
  const undertaking = { service, host, settings, goesBack, fixForward, stopFirst };
  return refusalsOf(seen, { ...undertaking, takesOver: takesOver || isLeft });
}
