import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../deployment/workflow-id';
import type { Underway } from '../output/doctor-report';
import { blockersOf } from './blockers';
import { latestRun, runSummary } from './run-info';

/** The run that holds the id of the deploys now; null: none does. */
export async function underwayFor(
  client: Client,
  { service, environment }: { service: string; environment: string },
): Promise<Underway | null> {
  const run = await latestRun(client, workflowIdOf(service, environment));
  if (run === null || !run.open) return null;
  const waits = run.status?.outcome === 'needs-operator';
  const { lines, stuck } = await blockersOf(client, run);
  return { runId: run.runId, words: runSummary(run), waits: waits || stuck, blockers: lines };
}
