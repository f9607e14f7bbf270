import { workflowInfo } from '@temporalio/workflow';
import type { DeployInput } from '../config/deploy-input';
import { type Inspection, isClaimed } from '../deployment/inspection';
import { refusalsOf, refuse } from '../deployment/plan/refusals';
import type { Host } from './host';

/**
 * Looks at a host before a deploy changes anything there.
 * @param takesOver an abandoned deploy left the host: what that one needed may have to go anyway
 * @throws what speaks against the deploy, for a person to correct first
 */
export async function inspectFor(
  host: Host,
  input: DeployInput,
  question: string,
  takesOver = false,
): Promise<Inspection> {
  const { service, settings, fixForward, stopFirst = false } = input;
  const goesBack = 'previous' in input.source;
  const seen = await host.look(question, goesBack ? 'rollback' : 'deploy');
  const isLeft = isClaimed(seen) && seen.claim?.run !== workflowInfo().runId;
  const undertaking = { service, host: host.target, settings, goesBack, fixForward, stopFirst };
  refuse(host.name, refusalsOf(seen, { ...undertaking, takesOver: takesOver || isLeft }));
  return seen;
}
