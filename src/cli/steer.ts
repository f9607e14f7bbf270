import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Choice } from '../deployment/status';
import { workflowIdOf } from '../deployment/workflow-id';
import { output } from '../output/output';
import { connectClient } from '../temporal/connection';
import { type Decision, decideUpdate } from '../workflows/messages';
import { onInterrupt } from './deploy';
import { CommandError, EXIT, exitCodeOf } from './exit-codes';
import { describeRun, type FoundRun, isTornOff, latestRun, TERMINATED } from './found-run';
import { hindrancesOf } from './hindrances';
import { isOfEngine, wordsOfEngine } from './patience';
import { summaryOf } from './report';
import { type Screen, standardScreen } from './screen';
import { RunEnded, sendUpdate } from './send-update';
import { watch } from './watch';
import { whoAsks } from './who';
import { wholeStatus } from './whole-status';

/** Where a command tells what it follows, and what ends the following but not the run. */
interface Following {
  screen: Screen;
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
  const hindrances = await hindrancesOf(client, run);
  if (options.json) {
    output.json({ runId: run.runId, open, started, status, hindrances: hindrances.lines });
  } else if (isTornOff(run)) {
    output.say(`Started ${started.toISOString()}.`, ...TERMINATED);
  } else if (status === null) {
    output.say('The latest run said nothing about itself.');
  } else {
    output.say(`Started ${started.toISOString()} by ${status.by}.`, ...summaryOf(status, [], null));
    if (whole?.note) output.say('', whole.note);
  }
  if (!options.json) {
    if (open && run.doing !== '') output.say('', `Under way: ${run.doing}`);
    if (hindrances.lines.length > 0) output.say('', ...hindrances.lines);
  }
  if (hindrances.stuck) return EXIT.needsOperator;
  if (open && status?.outcome === null) return EXIT.deployed;
  return isTornOff(run) ? EXIT.needsOperator : exitCodeOf(status);
}

/** `landfall cancel`: asks the running deploy to undo what it did, and follows that. @returns 0 when it was cancelled */
export async function cancelCommand(service: string, options: { env: string }): Promise<number> {
  const client = await connectClient();
  const run = await findOpenRun(client, service, options.env);
  const code = await cancel(client, run, { screen: standardScreen(), signal: onInterrupt() });
  return code === EXIT.cancelled ? 0 : code === EXIT.deployed ? EXIT.usage : code;
}

/** Asks a run to end with its undo, and follows it to its end, also when it has ended meanwhile. @returns its exit code */
export async function cancel(client: Client, run: FoundRun, { screen, signal }: Following): Promise<number> {
  try {
    await client.workflow.getHandle(run.workflowId, run.runId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    screen.say('The deploy has ended meanwhile, before this asked it to stop.');
  }
  return watch(client, run, screen, signal);
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
  const decision = { choice, by: whoAsks(process.env), question };
  return decide(client, run, decision, { screen: standardScreen(), signal: onInterrupt() });
}

/** Answers a run, and follows it to its end, also when it has ended meanwhile. @returns its exit code */
export async function decide(
  client: Client,
  run: FoundRun,
  decision: Decision,
  { screen, signal }: Following,
): Promise<number> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  try {
    screen.say(await sendUpdate(client, handle, screen, decideUpdate, decision));
  } catch (error) {
    if (isOfEngine(error)) throw lostEngine(error);
    if (!(error instanceof RunEnded)) throw error;
    screen.say(error.message);
  }
  return watch(client, run, screen, signal);
}

function lostEngine(error: Error): CommandError {
  return new CommandError(
    `The engine refused this, or was lost before it answered (${wordsOfEngine(error)}). The deploy may have taken the decision. Look how it stands before you ask again: landfall status`,
    EXIT.needsOperator,
  );
}

/** The question that is asked now: a decision that comes late must not count for a later one. */
function questionOf({ status }: FoundRun, service: string, environment: string): number {
  if (status?.question != null) return status.question;
  throw new CommandError(
    `The run of ${service} in ${environment} is not waiting for a decision. It is still running; look at it, or try again shortly: landfall status ${service} --env ${environment}`,
  );
}

async function findRun(client: Client, service: string, environment: string): Promise<FoundRun> {
  const run = await latestRun(client, workflowIdOf(service, environment));
  if (run === null) {
    throw new CommandError(`${service} was never deployed to ${environment} from this engine.`);
  }
  return run;
}

async function findOpenRun(client: Client, service: string, environment: string): Promise<FoundRun> {
  const run = await findRun(client, service, environment);
  if (!run.open) {
    const { status } = await describeRun(client, run.workflowId, run.runId);
    throw new CommandError(
      `No deploy of ${service} to ${environment} is running; the latest one ended as ${status?.outcome ?? 'terminated'}.`,
    );
  }
  return run;
}
