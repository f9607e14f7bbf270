import type { Client } from '@temporalio/client';
import type { DeployStatus } from '../../deployment/status';
import { evidenceOf, type HostEvidence } from '../output/evidence';
import { followRun, type RunEvent } from './run-events';
import type { RunInfo } from './run-info';

/** The evidence that an event holds; null: none. */
export function evidenceIn(event: RunEvent): HostEvidence | null {
  if (event.kind === 'failed') return evidenceOf(event.failure.details);
  return event.kind === 'ended' ? evidenceOf(event.result) : null;
}

/** Of several failures on one host the first is the cause; the others followed from it. */
export function decisiveEvidence(all: HostEvidence[], status: DeployStatus): HostEvidence[] {
  return all.filter(({ host }) => host === status.reason?.host).slice(0, 1);
}

/** The evidence of a run that has ended otherwise than wanted, from its history. Never fails: a report without it is whole. */
export async function evidenceOfRun(client: Client, run: RunInfo): Promise<HostEvidence[]> {
  const { workflowId, runId, status, open } = run;
  if (open || status === null || status.reason === null) return [];
  const found: HostEvidence[] = [];
  try {
    for await (const event of followRun(client, workflowId, runId, new AbortController().signal)) {
      const evidence = evidenceIn(event);
      if (evidence !== null) found.push(evidence);
    }
  } catch {
    return [];
  }
  return decisiveEvidence(found, status);
}
