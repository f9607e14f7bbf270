import type { Client } from '@temporalio/client';
import { connectClient } from '../temporal/connection';
import { decideUpdate } from '../workflows/messages';
import type { Choice } from '../workflows/status';
import { workflowIdOf } from '../workflows/workflow-id';
import { onInterrupt } from './deploy';
import { CommandError, EXIT, exitCodeOf } from './exit-codes';
import { describeRun, type FoundRun, isTornOff, latestRun, TERMINATED } from './found-run';
import { summaryOf } from './report';
import { standardScreen } from './screen';
import { sendUpdate } from './send-update';
import { watch } from './watch';
import { whoAsks } from './who';

/** `landfall status`: how the latest deploy stands, read without a worker. @returns the exit code */
export async function statusCommand(
  service: string,
  options: { env: string; json?: boolean },
): Promise<number> {
  const client = await connectClient();
  const run = await findRun(client, service, options.env);
  const { status, open, started } = run;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ runId: run.runId, open, started, status }, null, 2)}\n`);
  } else if (isTornOff(run)) {
    process.stdout.write(`Started ${started.toISOString()}.\n${TERMINATED}\n`);
  } else if (status === null) {
    process.stdout.write('The latest run said nothing about itself.\n');
  } else {
    process.stdout.write(`Started ${started.toISOString()} by ${status.by}.${summaryOf(status, [], null)}\n`);
  }
  if (open && status?.outcome === null) return EXIT.deployed;
  return isTornOff(run) ? EXIT.needsOperator : exitCodeOf(status);
}

/** `landfall cancel`: asks the running deploy to undo what it did, and follows that. @returns 0 when it was cancelled */
export async function cancelCommand(service: string, options: { env: string }): Promise<number> {
  const client = await connectClient();
  const run = await findOpenRun(client, service, options.env);
  await client.workflow.getHandle(run.workflowId, run.runId).cancel();
  const code = await watch(client, run, standardScreen(), onInterrupt());
  return code === EXIT.cancelled ? 0 : code === EXIT.deployed ? EXIT.usage : code;
}

/** `landfall decide`: answers a deploy that needs an operator, and follows what comes of it. @returns its exit code */
export async function decideCommand(
  service: string,
  choice: Choice,
  options: { env: string },
): Promise<number> {
  const client = await connectClient();
  const run = await findOpenRun(client, service, options.env);
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const screen = standardScreen();
  await sendUpdate(client, handle, screen, decideUpdate, { choice, by: whoAsks(process.env) });
  return watch(client, run, screen, onInterrupt());
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
