import type { DeployInput } from '../../config/deploy-input';
import { consoleOutput } from '../output/console-output';
import { startOrAttach } from '../run/start-deploy';
import { watchRun } from '../run/watch-run';
import type { Interrupts } from './interrupts';
import type { RunEngine } from './run-engine';

/**
 * Deploys, and follows the deploy to its end. An engine of this run alone ends with the command, so the first Ctrl-C
 * asks such a deploy to undo its changes. Elsewhere the deploy continues without the command.
 * @returns the exit code
 */
export async function deployNow(
  { client, kind }: RunEngine,
  input: DeployInput,
  interrupts: Interrupts,
): Promise<number> {
  const out = consoleOutput();
  const stopFollowing = new AbortController();
  const options = { supersede: false, waitForRunning: false, again: false, out };
  out.say('', `Deploying ${input.service} to ${input.environment}`);
  const run = await startOrAttach(client, input, options);
  let isCancelled = false;
  interrupts.does(() => {
    if (kind !== 'own' || isCancelled) return stopFollowing.abort();
    isCancelled = true;
    out.say(
      '',
      'Stopping: the deploy undoes its changes. Ctrl-C again leaves the hosts as they are, and landfall up continues later.',
    );
    const handle = client.workflow.getHandle(run.workflowId, run.runId);
    handle.cancel().catch((error: unknown) => out.say(`  ! the deploy was not cancelled: ${String(error)}`));
  });
  return watchRun(client, run, out, stopFollowing.signal);
}
