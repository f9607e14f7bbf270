import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { doctorInput, loadConfig } from '../config';
import type { DoctorInput } from '../config/deploy-input';
import { doctorIdOf, workflowIdOf } from '../deployment/workflow-id';
import { connectClient, TASK_QUEUE } from '../temporal/connection';
import type { doctor } from '../workflows';
import type { Finding } from '../workflows/doctor';
import { onInterrupt } from './deploy';
import { doctorReport, type Underway } from './doctor-report';
import { CommandError, EXIT } from './exit-codes';
import { inWords, latestRun } from './found-run';
import { hindrancesOf } from './hindrances';
import { startRepair } from './repairs';
import { type Screen, standardScreen } from './screen';
import { Standstill } from './standstill';
import { watch } from './watch';
import { whoAsks } from './who';

export interface DoctorOptions {
  env: string;
  config: string;
  repair?: boolean;
  takeOver?: boolean;
  supersede?: boolean;
}

/** `landfall doctor`: how the hosts stand, and with `--repair` mends them. @returns the exit code */
export async function doctorCommand(service: string, options: DoctorOptions): Promise<number> {
  const { env: environment, takeOver = false, supersede = false } = options;
  if (!options.repair && (takeOver || supersede)) {
    throw new CommandError('--take-over and --supersede belong to --repair; without it nothing is changed.');
  }
  const config = loadConfig(resolve(options.config));
  if (config.service !== service) {
    throw new CommandError(`${options.config} describes the service ${config.service}, not ${service}.`);
  }
  const input = doctorInput(config, { environment, by: whoAsks(process.env), takeOver });
  const screen = standardScreen();
  const client = await connectClient();
  if (options.repair) {
    const names = input.hosts.map(({ name }) => name).join(', ');
    screen.say(`Mending ${service} in ${environment} (${names}), where it needs that`);
    const run = await startRepair(client, input, { supersede, screen });
    return watch(client, run, screen, onInterrupt());
  }
  const findings = await examine(client, input, screen);
  const report = doctorReport(input, findings, await whatIsUnderway(client, input));
  screen.say(...report.lines);
  return report.well ? EXIT.deployed : EXIT.needsOperator;
}

/** Two people who ask at once get the same answer. */
async function examine(client: Client, input: DoctorInput, screen: Screen): Promise<Record<string, Finding>> {
  const handle = await client.workflow.start<typeof doctor>('doctor', {
    workflowId: doctorIdOf(input.service, input.environment),
    taskQueue: TASK_QUEUE,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: '5s',
  });
  const names = input.hosts.map(({ name }) => name).join(', ');
  const standstill = new Standstill(client, screen, 'the doctor', handle.workflowId);
  return standstill.during(`looking at ${names}`, handle.result());
}

async function whatIsUnderway(
  client: Client,
  { service, environment }: DoctorInput,
): Promise<Underway | null> {
  const run = await latestRun(client, workflowIdOf(service, environment));
  if (run === null || !run.open) return null;
  const waits = run.status?.outcome === 'needs-operator';
  const { lines, stuck } = await hindrancesOf(client, run);
  return { runId: run.runId, words: inWords(run), waits: waits || stuck, hindrances: lines };
}
