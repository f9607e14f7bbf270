import type { Client } from '@temporalio/client';
import type { DeployInput } from '../../config/deploy-input';
import { type DeployStatus, initialStatus, requestedBy } from '../../deployment/status';
import { workflowIdOf } from '../../deployment/workflow-id';
import { CommandError } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';
import { awaitRun } from './await-run';
import { assertKnownWorkflow, deployName, latestRun, type RunInfo, runSummary } from './run-info';
import { startedRun, startRun } from './start-run';
import { canSupersede, endsByItself, howToGetPast, supersede, whyItWaits } from './supersede';

export interface StartOptions {
  /** Deploy instead of a run that waits for an operator or for unreachable hosts, or soaks; it is ended. */
  supersede: boolean;
  /** Wait until a run of another commit has ended. */
  waitForRunning: boolean;
  /** Try again what this same CI run has already tried. */
  again: boolean;
  out: ConsoleOutput;
}

/**
 * Starts the deploy, or finds the run that already does it: the same commit attaches, another
 * one is refused. Safe to run twice: that is what it is for.
 * @throws CommandError that says who deploys what since when
 */
export async function startOrAttach(
  client: Client,
  input: DeployInput,
  options: StartOptions,
): Promise<RunInfo> {
  const { out } = options;
  const workflowId = workflowIdOf(input.service, input.environment);
  const latest = await latestRun(client, workflowId);
  if (latest !== null && !latest.open && !options.again && isSameCiRun(latest, input)) {
    out.say(`CI run ${input.ciRun} has deployed this already; this is how it ended. Try again with --again.`);
    return latest;
  }
  // A restart that runs already may have begun with an older environment: another one never follows it.
  const isSame = (status: DeployStatus | null) =>
    'restart' in input.source ? status?.task === 'restart' : isSameDeploy(status, input);
  const wanted = { type: 'deploy', input, status: initialStatus(input), isSame } as const;
  const running = latest?.open ? latest : await startRun(client, workflowId, wanted);
  if (running === null) return startedRun(client, workflowId);
  assertKnownWorkflow(running);
  if (options.supersede && (canSupersede(running) || endsByItself(running))) {
    const superseding = { by: input.by, commit: requestedBy(input) };
    if (!(await supersede(client, running, superseding, out))) return startOrAttach(client, input, options);
    out.say(`${deployName(running.status)} was superseded; its hosts are taken over as they are.`);
    // The release of that run may be bad: a rollback to it could not be verified.
    return startOrAttach(client, { ...input, fixForward: true }, { ...options, supersede: false });
  }
  if (isSameDeploy(running.status, input)) {
    if (lacksStopFirst(running.status, input))
      throw new CommandError(
        `${deployName(running.status)} already runs (since ${running.started.toISOString()}), without --stop-first. End it, then deploy again with --stop-first: landfall cancel ${input.service} --env ${input.environment}`,
      );
    out.say(
      `${deployName(running.status)} already runs (since ${running.started.toISOString()}): following it.`,
    );
    return running;
  }
  if (options.waitForRunning && running.status?.outcome !== 'needs-operator') {
    out.say(`Waiting for ${runSummary(running)} to end.`);
    await untilItActsNoMore(client, running, out);
    return startOrAttach(client, input, options);
  }
  throw new CommandError([
    `${input.service} in ${input.environment} is being ${doneTo(running.status)}: ${runSummary(running)}.`,
    running.status?.outcome === 'needs-operator'
      ? 'That run waits for an operator: use landfall decide, or end it with --supersede.'
      : canSupersede(running)
        ? `${whyItWaits(running)}: wait for it (--wait-for-running), or end it with --supersede.`
        : 'Wait for it (--wait-for-running), or end it: landfall cancel.',
  ]);
}

function doneTo(status: DeployStatus | null): string {
  if (status?.task === 'repair') return 'repaired';
  return status?.task === 'restart' ? 'restarted' : 'deployed';
}

/** A run that waits for a person may wait for days: a CI job must not wait with it. */
async function untilItActsNoMore(client: Client, run: RunInfo, out: ConsoleOutput): Promise<void> {
  const actsNoMore = ({ open, status }: RunInfo) => !open || status?.outcome === 'needs-operator';
  const now = await awaitRun(client, run, out, (now) => actsNoMore(now) || canSupersede(now));
  if (actsNoMore(now)) return;
  out.say(`  ! ${whyItWaits(now)}. ${howToGetPast(now)}`);
  await awaitRun(client, now, out, actsNoMore);
}

function isSameDeploy(status: DeployStatus | null, input: DeployInput): boolean {
  const wanted = requestedBy(input);
  if (status === null || status.task !== undefined || 'restart' in input.source) return false;
  return status.requested === wanted || status.commit === wanted;
}

/** Whether `--stop-first` was given now, and not when that run began. */
function lacksStopFirst(status: DeployStatus | null, input: DeployInput): boolean {
  return Boolean(input.stopFirst && !status?.stopFirst);
}

function isSameCiRun(run: RunInfo, input: DeployInput): boolean {
  if (lacksStopFirst(run.status, input)) return false;
  return input.ciRun !== null && run.status?.ciRun === input.ciRun && isSameDeploy(run.status, input);
}
