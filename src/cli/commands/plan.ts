import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { type Config, deployInput } from '../../config';
import type { DeployInput } from '../../config/deploy-input';
import { hostList } from '../../deployment/host-list';
import { wouldBeRefused } from '../../deployment/plan-report';
import { planIdOf } from '../../deployment/workflow-id';
import { output } from '../../output/output';
import { connectClient, taskQueueFrom } from '../../temporal/connection';
import { taskTimeoutFor } from '../../temporal/task-timeout';
import type { plan } from '../../workflows';
import { writePlanSummary } from '../ci/ci-files';
import { CommandError, EXIT } from '../exit-codes';
import { refToDeploy, requesterOf } from '../invocation-context';
import { readPlan } from '../output/plan-json';
import { planLines } from '../output/plan-report';
import { lastDeploys } from '../run/last-deploys';
import { StallWatch } from '../run/stall-watch';
import { underwayFor } from '../run/underway';
import { configOf } from '../service-config';

export interface PlanOptions {
  env: string;
  config: string;
  ref?: string;
  rollback?: boolean;
  fixForward?: boolean;
  takeOver?: boolean;
  stopFirst?: boolean;
  json?: boolean;
}

/** `landfall plan`: what a deploy or a rollback would do, without doing it. @returns the exit code */
export async function planCommand(service: string, options: PlanOptions): Promise<number> {
  const config = configOf(service, options.config);
  const input = inputOf(config, options);
  const client = await connectClient(config.controller);
  const report = readPlan(await planned(client, input, options.json ?? false));
  if (report === null)
    throw new CommandError(
      "The worker's plan has another form than this version of Landfall knows. Use a landfall command of the worker's version.",
    );
  const { environment } = input;
  const [underway, took] = await Promise.all([
    underwayFor(client, { service, environment }),
    lastDeploys(client, service, environment),
  ]);
  // A claim of the running deploy is not abandoned.
  for (const { plan: each } of report.groups) if (each.claimedBy === underway?.runId) each.repairs = [];
  const refused = wouldBeRefused(report);
  const told = { ...report, wouldBeRefused: refused, underway: underway?.words ?? null, lastDeploys: took };
  if (options.json) output.json(told);
  else output.say(...planLines(told));
  writePlanSummary(told, process.env);
  return refused ? EXIT.rejected : EXIT.deployed;
}

function inputOf(config: Config, options: PlanOptions): DeployInput {
  const { env: environment, rollback = false, ref } = options;
  if (rollback && ref !== undefined)
    throw new CommandError(
      '--rollback and --ref exclude each other: a rollback takes the release before the live one.',
    );
  const wanted = rollback ? null : refToDeploy(ref, resolve(options.config), process.env);
  if (!rollback && wanted === null)
    throw new CommandError(
      'The commit to plan is unknown: this folder is not a Git checkout. Name the commit with --ref, best as a full SHA.',
    );
  return deployInput(config, {
    environment,
    ...(wanted === null ? { previous: true as const, soak: false } : { ref: wanted }),
    by: requesterOf(process.env),
    ciRun: null,
    // As in `landfall rollback`: the live release may be the reason for it.
    fixForward: rollback || (options.fixForward ?? false),
    takeOver: options.takeOver ?? false,
    stopFirst: options.stopFirst ?? false,
  });
}

/** A plan has nothing to undo, so the engine may end a plan that no worker takes. */
const MOST_TIME = '1 hour';

async function planned(client: Client, input: DeployInput, isQuiet: boolean): Promise<unknown> {
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
