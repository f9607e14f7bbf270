import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../deployment/workflow-id';
import type { PlanJson } from '../output/plan-json';

const MOST = 5;

/**
 * How long the last deploys took that succeeded. For people: nothing is decided by it, because the engine's index of
 * runs may lag behind, or be closed to this client.
 * @returns null when the engine does not tell
 */
export async function lastDeploys(
  client: Client,
  service: string,
  environment: string,
): Promise<PlanJson['lastDeploys']> {
  const id = workflowIdOf(service, environment);
  const query = `WorkflowId = "${id}" AND WorkflowType = "deploy" AND ExecutionStatus = "Completed"`;
  const found: NonNullable<PlanJson['lastDeploys']> = [];
  try {
    // The engine sorts them by their end, newest first.
    for await (const { startTime, closeTime } of client.workflow.list({ query, pageSize: MOST })) {
      if (closeTime !== undefined)
        found.push({
          started: startTime.toISOString(),
          seconds: (closeTime.getTime() - startTime.getTime()) / 1_000,
        });
      if (found.length === MOST) break;
    }
    return found;
  } catch {
    return null;
  }
}
