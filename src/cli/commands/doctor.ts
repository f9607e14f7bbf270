import type { Client } from '@temporalio/client';
import { doctorInput } from '../../config';
import type { DoctorInput } from '../../config/deploy-input';
import type { Finding } from '../../deployment/finding';
import { hostList } from '../../deployment/host-list';
import { doctorIdOf } from '../../deployment/workflow-id';
import { connectClient, taskQueueFrom } from '../../temporal/connection';
import { taskTimeoutFor } from '../../temporal/task-timeout';
import type { doctor } from '../../workflows';
import { CommandError, EXIT } from '../exit-codes';
import { interruption, requesterOf } from '../invocation-context';
import { type ConsoleOutput, consoleOutput } from '../output/console-output';
import { doctorReport } from '../output/doctor-report';
import { StallWatch } from '../run/stall-watch';
import { startRepair } from '../run/start-repair';
import { underwayFor } from '../run/underway';
import { watchRun } from '../run/watch-run';
import { configOf } from '../service-config';

export interface DoctorOptions {
  env: string;
  config: string;
  repair?: boolean;
  takeOver?: boolean;
  supersede?: boolean;
}

/** `landfall doctor`: how the hosts stand, and with `--repair` repairs them. @returns the exit code */
export async function doctorCommand(service: string, options: DoctorOptions): Promise<number> {
  const { env: environment, takeOver = false, supersede = false } = options;
  if (!options.repair && (takeOver || supersede)) {
    throw new CommandError('--take-over and --supersede belong to --repair; without it nothing is changed.');
  }
  const config = configOf(service, options.config);
  const input = doctorInput(config, {
    environment,
    by: requesterOf(process.env),
    takeOver,
  });
  const out = consoleOutput();
  const client = await connectClient(config.controller);
  if (options.repair) {
    const names = hostList(input.hosts.map(({ name }) => name));
    out.say(`Repairing ${service} in ${environment} (${names})`);
    const run = await startRepair(client, input, { supersede, out });
    return watchRun(client, run, out, interruption());
  }
  const findings = await examine(client, input, out);
  const report = doctorReport(input, findings, await underwayFor(client, input));
  out.say(...report.lines);
  return report.well ? EXIT.deployed : EXIT.needsOperator;
}

/** Two people who ask at once get the same answer. */
async function examine(
  client: Client,
  input: DoctorInput,
  out: ConsoleOutput,
): Promise<Record<string, Finding>> {
  const handle = await client.workflow.start<typeof doctor>('doctor', {
    workflowId: doctorIdOf(input.service, input.environment),
    taskQueue: taskQueueFrom(process.env),
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: taskTimeoutFor(input.hosts.length),
  });
  const names = hostList(input.hosts.map(({ name }) => name));
  const stall = new StallWatch(client, out, 'the doctor', handle.workflowId);
  return stall.during(`looking at ${names}`, handle.result());
}
