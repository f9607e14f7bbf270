import type { Client } from '@temporalio/client';
import { CommandError } from '../exit-codes';
import { describeRun, type RunInfo } from './run-info';

/** A re-run of a CI job rarely follows more deploys than this. */
const MOST_RUNS = 100;

/**
 * The run that a CI run has started: the latest, or an earlier one of the same service and environment. A later deploy
 * may have followed it, or superseded it.
 * @throws CommandError when the engine does not know such a run
 */
export async function runOfCi(client: Client, latest: RunInfo, ciRun: string): Promise<RunInfo> {
  if (latest.status?.ciRun === ciRun) return latest;
  const { workflowId } = latest;
  let seen = 0;
  const query = `WorkflowId = ${JSON.stringify(workflowId)}`;
  for await (const { runId } of client.workflow.list({ query, pageSize: MOST_RUNS })) {
    const run = await describeRun(client, workflowId, runId);
    if (run.status?.ciRun === ciRun) return run;
    seen += 1;
    if (seen === MOST_RUNS) break;
  }
  throw new CommandError(
    `The CI run ${ciRun} has started no deploy that is among the ${MOST_RUNS} latest ones. Leave out --ci-run for the latest deploy.`,
  );
}
