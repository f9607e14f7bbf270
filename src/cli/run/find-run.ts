import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../deployment/workflow-id';
import { CommandError } from '../exit-codes';
import { latestRun, type RunInfo } from './run-info';

/** The latest run of a service in an environment. @throws CommandError when the engine knows none */
export async function findRun(client: Client, service: string, environment: string): Promise<RunInfo> {
  const run = await latestRun(client, workflowIdOf(service, environment));
  if (run !== null) return run;
  throw new CommandError(`${service} was never deployed to ${environment} from this engine.`);
}
