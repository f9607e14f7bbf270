import type { Client } from '@temporalio/client';

import type { Choice } from '../../deployment/status';
import { connectClient } from '../../temporal/connection';
import { engineErrorText, isEngineError } from '../../temporal/engine-error';
import { type Decision, decideUpdate } from '../../workflows/messages';
import { CommandError, EXIT } from '../exit-codes';
import { interruption, requesterOf } from '../invocation-context';
import { knownController } from '../known-controller';
import { consoleOutput, type RunOutput } from '../output/console-output';
import { findRun } from '../run/find-run';
import type { RunInfo } from '../run/run-info';
import { RunEnded, sendUpdate } from '../run/send-update';
import { watchRun } from '../run/watch-run';

/** `landfall decide`: answers a deploy that needs an operator, and follows it. @returns the exit code of its outcome */
export async function decideCommand(
  service: string,
  choice: Choice,
  options: { env: string; config: string; question?: number },
): Promise<number> {
  const client = await connectClient(knownController(options.config));
  const run = await findRun(client, service, options.env);
  if (!run.open) {
    throw new CommandError(
      `No deploy of ${service} to ${options.env} is running. The latest run ended as ${run.status?.outcome ?? 'terminated'}.`,
    );
  }
  const question = options.question ?? questionOf(run, service, options.env);
  const decision = { choice, by: requesterOf(process.env), question };
  return decide(client, run, decision, consoleOutput(), interruption());
}

/**
 * Sends a decision to a run, and follows the run to its end, also when it has ended meanwhile.
 * @returns the exit code of its outcome
 */
export async function decide(
  client: Client,
  run: RunInfo,
  decision: Decision,
  out: RunOutput,
  signal: AbortSignal,
): Promise<number> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  try {
    out.say(await sendUpdate(client, handle, out, decideUpdate, decision));
  } catch (error) {
    if (isEngineError(error)) throw engineLost(error);
    if (!(error instanceof RunEnded)) throw error;
    out.say(error.message);
  }
  return watchRun(client, run, out, signal);
}

function engineLost(error: Error): CommandError {
  return new CommandError(
    `The engine refused the decision, or was lost before it answered (${engineErrorText(error)}). The deploy may have taken the decision. Look at the deploy before you decide again: landfall status`,
    EXIT.needsOperator,
  );
}

/** The question that the run asks now: a late decision must not count for a later question. */
function questionOf({ status }: RunInfo, service: string, environment: string): number {
  if (status?.question != null) return status.question;
  throw new CommandError(
    `The run of ${service} in ${environment} is not waiting for a decision. It is still running. Look at it, or try again shortly: landfall status ${service} --env ${environment}`,
  );
}
