import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { DeployInput } from '../../config/deploy-input';
import { hostList } from '../../deployment/host-list';
import { wouldBeRefused } from '../../deployment/plan-report';
import { planIdOf } from '../../deployment/workflow-id';
import { output } from '../../output/output';
import { taskQueueFrom } from '../../temporal/connection';
import { taskTimeoutFor } from '../../temporal/task-timeout';
import type { plan } from '../../workflows';
import { CommandError } from '../exit-codes';
import { type PlanJson, readPlan } from '../output/plan-json';
import { lastDeploys } from './last-deploys';
import { StallWatch } from './stall-watch';
import { underwayFor } from './underway';

/**
 * Asks a worker what a deploy would do, without doing it.
 * @param isQuiet leaves standard output to the caller
 * @throws CommandError for a plan of another version
 */
export async function planned(client: Client, input: DeployInput, isQuiet: boolean): Promise<PlanJson> {
  const report = readPlan(await reported(client, input, isQuiet));
  if (report === null)
    throw new CommandError(
      "The worker's plan has another form than this version of Landfall knows. Use a landfall command of the worker's version.",
    );
  const { service, environment } = input;
  const [underway, took] = await Promise.all([
    underwayFor(client, { service, environment }),
    lastDeploys(client, service, environment),
  ]);
  // A claim of the running deploy is not abandoned.
  for (const { plan: each } of report.groups) if (each.claimedBy === underway?.runId) each.repairs = [];
  return {
    ...report,
    wouldBeRefused: wouldBeRefused(report),
    underway: underway?.words ?? null,
    lastDeploys: took,
  };
}

/** A plan has nothing to undo, so the engine may end a plan that no worker takes. */
const MOST_TIME = '1 hour';

async function reported(client: Client, input: DeployInput, isQuiet: boolean): Promise<unknown> {
  const handle = await client.workflow.start<typeof plan>('plan', {
    workflowId: planIdOf(input.service, input.environment, randomUUID()),
    taskQueue: taskQueueFrom(process.env),
    args: [input],
    workflowExecutionTimeout: MOST_TIME,
    workflowTaskTimeout: taskTimeoutFor(input.hosts.length),
  });
  const names = hostList(input.hosts.map(({ name }) => name));
  // JSON stays alone on standard output.
  const out = isQuiet ? { say: output.complain.bind(output), progress: () => undefined } : output;
  const stall = new StallWatch(client, out, 'the plan', handle.workflowId);
  return stall.during(`looking at ${names}`, handle.result());
}
