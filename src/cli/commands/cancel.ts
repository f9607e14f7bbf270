import type { Client } from '@temporalio/client';

import { connectClient } from '../../temporal/connection';
import { EXIT, exitCodeOf } from '../exit-codes';
import { interruption } from '../invocation-context';
import { knownController } from '../known-controller';
import { consoleOutput, type RunOutput } from '../output/console-output';
import { findRun } from '../run/find-run';
import { describeRun, type RunInfo, TERMINATED, wasAbandoned } from '../run/run-info';
import { watchRun } from '../run/watch-run';

/** `landfall cancel`: asks the running deploy to undo its changes, and follows that. @returns the exit code */
export async function cancelCommand(
  service: string,
  options: { env: string; config: string },
): Promise<number> {
  const client = await connectClient(knownController(options.config));
  const run = await findRun(client, service, options.env);
  return cancel(client, run, consoleOutput(), interruption());
}

/**
 * Asks a run to end with its undo, and follows it to its end. Safe to run twice.
 * @returns 0 when the run was cancelled, or had already ended with its hosts in order. 1 when it was deployed
 *   although the cancel was requested. Otherwise the exit code of its outcome
 */
export async function cancel(
  client: Client,
  run: RunInfo,
  out: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const { workflowId, runId } = run;
  // The engine accepts a cancel of a run that has ended, too.
  const now = await describeRun(client, workflowId, runId);
  if (!now.open) return alreadyEnded(now, out);
  await client.workflow.getHandle(workflowId, runId).cancel();
  const code = await watchRun(client, run, out, signal);
  if (code === EXIT.cancelled) return 0;
  if (code !== EXIT.deployed) return code;
  out.say('', 'The cancel came too late: the first host was already marked good, so the run was completed.');
  return EXIT.usage;
}

function alreadyEnded(run: RunInfo, out: RunOutput): number {
  if (wasAbandoned(run)) {
    out.say(...TERMINATED);
    return EXIT.needsOperator;
  }
  out.say(`The latest run has already ended: ${run.status?.outcome ?? 'unknown'}. Nothing was cancelled.`);
  return exitCodeOf(run.status) === EXIT.needsOperator ? EXIT.needsOperator : 0;
}
