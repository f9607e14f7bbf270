import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Choice } from '../../deployment/status';
import { workflowIdOf } from '../../deployment/workflow-id';
import { output } from '../../output/output';
import { connectClient } from '../../temporal/connection';
import { type Decision, decideUpdate } from '../../workflows/messages';
import { CommandError, EXIT, exitCodeOf } from '../exit-codes';
import { requesterOf } from '../invocation-context';
import { type ConsoleOutput, consoleOutput } from '../output/console-output';
import { summaryOf } from '../output/report';
import { blockersOf } from '../run/blockers';
import { engineErrorText, isEngineError } from '../run/engine-outage';
import { describeRun, latestRun, type RunInfo, TERMINATED, wasAbandoned } from '../run/run-info';
import { RunEnded, sendUpdate } from '../run/send-update';
import { watchRun } from '../run/watch-run';
import { wholeStatus } from '../run/whole-status';
import { onInterrupt } from './deploy';

/** Where a command tells what it follows, and what ends the following but not the run. */
interface Following {
  out: ConsoleOutput;
  signal: AbortSignal;
}

/** `landfall status`: how the latest deploy stands, read without a worker. @returns the exit code */
export async function statusCommand(
  service: string,
  options: { env: string; json?: boolean },
): Promise<number> {
  const client = await connectClient();
  const run = await findRun(client, service, options.env);
  const { open, started } = run;
  const whole = run.status && (await wholeStatus(client, run, run.status));
  const status = whole?.status ?? null;
  const blockers = await blockersOf(client, run);
  if (options.json) {
    output.json({ runId: run.runId, open, started, status, blockers: blockers.lines });
  } else if (wasAbandoned(run)) {
    output.say(`Started ${started.toISOString()}.`, ...TERMINATED);
  } else if (status === null) {
    output.say('The latest run said nothing about itself.');
  } else {
    output.say(`Started ${started.toISOString()} by ${status.by}.`, ...summaryOf(status, [], null));
    if (whole?.note) output.say('', whole.note);
  }
  if (!options.json) {
    if (open && run.doing !== '') output.say('', `Under way: ${run.doing}`);
    if (blockers.lines.length > 0) output.say('', ...blockers.lines);
  }
  if (blockers.stuck) return EXIT.needsOperator;
  if (open && status?.outcome === null) return EXIT.deployed;
  return wasAbandoned(run) ? EXIT.needsOperator : exitCodeOf(status);
}

/** `landfall cancel`: asks the running deploy to undo what it did, and follows that. @returns 0 when it was cancelled */
export async function cancelCommand(service: string, options: { env: string }): Promise<number> {
  const client = await connectClient();
  const run = await findOpenRun(client, service, options.env);
  const code = await cancel(client, run, { out: consoleOutput(), signal: onInterrupt() });
  return code === EXIT.cancelled ? 0 : code === EXIT.deployed ? EXIT.usage : code;
}

/** Asks a run to end with its undo, and follows it to its end, also when it has ended meanwhile. @returns its exit code */
export async function cancel(client: Client, run: RunInfo, { out, signal }: Following): Promise<number> {
  try {
    await client.workflow.getHandle(run.workflowId, run.runId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    out.say('The deploy has ended meanwhile, before this asked it to stop.');
  }
  return watchRun(client, run, out, signal);
}

/** `landfall decide`: answers a deploy that needs an operator, and follows what comes of it. @returns its exit code */
export async function decideCommand(
  service: string,
  choice: Choice,
  options: { env: string; question?: number },
): Promise<number> {
  const client = await connectClient();
  const run = await findOpenRun(client, service, options.env);
  const question = options.question ?? questionOf(run, service, options.env);
  const decision = { choice, by: requesterOf(process.env), question };
  return decide(client, run, decision, { out: consoleOutput(), signal: onInterrupt() });
}

/** Answers a run, and follows it to its end, also when it has ended meanwhile. @returns its exit code */
export async function decide(
  client: Client,
  run: RunInfo,
  decision: Decision,
  { out, signal }: Following,
): Promise<number> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  try {
    out.say(await sendUpdate(client, handle, out, decideUpdate, decision));
  } catch (error) {
    if (isEngineError(error)) throw lostEngine(error);
    if (!(error instanceof RunEnded)) throw error;
    out.say(error.message);
  }
  return watchRun(client, run, out, signal);
}

function lostEngine(error: Error): CommandError {
  return new CommandError(
    `The engine refused this, or was lost before it answered (${engineErrorText(error)}). The deploy may have taken the decision. Look how it stands before you ask again: landfall status`,
    EXIT.needsOperator,
  );
}

/** The question that is asked now: a decision that comes late must not count for a later one. */
function questionOf({ status }: RunInfo, service: string, environment: string): number {
  if (status?.question != null) return status.question;
  throw new CommandError(
    `The run of ${service} in ${environment} is not waiting for a decision. It is still running; look at it, or try again shortly: landfall status ${service} --env ${environment}`,
  );
}

async function findRun(client: Client, service: string, environment: string): Promise<RunInfo> {
  const run = await latestRun(client, workflowIdOf(service, environment));
  if (run === null) {
    throw new CommandError(`${service} was never deployed to ${environment} from this engine.`);
  }
  return run;
}

async function findOpenRun(client: Client, service: string, environment: string): Promise<RunInfo> {
  const run = await findRun(client, service, environment);
  if (!run.open) {
    const { status } = await describeRun(client, run.workflowId, run.runId);
    throw new CommandError(
      `No deploy of ${service} to ${environment} is running; the latest one ended as ${status?.outcome ?? 'terminated'}.`,
    );
  }
  return run;
}
