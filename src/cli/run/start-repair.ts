import type { Client } from '@temporalio/client';
import type { DoctorInput } from '../../config/deploy-input';
import { type DeployStatus, initialRepairStatus } from '../../deployment/status';
import { workflowIdOf } from '../../deployment/workflow-id';
import { CommandError } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';
import { assertKnownWorkflow, latestRun, type RunInfo, runSummary } from './run-info';
import { startedRun, startRun } from './start-run';
import { canSupersede, endsByItself, supersede } from './supersede';

/**
 * Starts the repair, or finds the one that already runs. It has the id of the deploys, so that neither
 * disturbs the other.
 * @throws CommandError that says who deploys what since when
 */
export async function startRepair(
  client: Client,
  input: DoctorInput,
  options: { supersede: boolean; out: ConsoleOutput },
): Promise<RunInfo> {
  const { service, environment } = input;
  const workflowId = workflowIdOf(service, environment);
  const isSame = (status: DeployStatus | null) => status?.task === 'repair';
  const wanted = { type: 'repair', input, status: initialRepairStatus(input), isSame } as const;
  const latest = await latestRun(client, workflowId);
  const running = latest?.open ? latest : await startRun(client, workflowId, wanted);
  if (running === null) return startedRun(client, workflowId);
  assertKnownWorkflow(running);
  if (isSame(running.status)) {
    options.out.say(`A repair already runs (since ${running.started.toISOString()}): following it.`);
    return running;
  }
  if (options.supersede && (canSupersede(running) || endsByItself(running))) {
    const superseding = { by: input.by, commit: wanted.status.requested };
    if (!(await supersede(client, running, superseding, options.out)))
      return startRepair(client, input, options);
    options.out.say('The run that waited was superseded; its hosts are taken over as they are.');
    return startRepair(client, input, { ...options, supersede: false });
  }
  throw new CommandError([
    `A deploy of ${service} to ${environment} is under way, and is not disturbed: ${runSummary(running)}.`,
    canSupersede(running)
      ? 'Let it continue (landfall decide, or its soak), or end it with --supersede; then its hosts are repaired.'
      : 'Wait for it, or end it with its own undo: landfall cancel. See it: landfall status.',
  ]);
}
