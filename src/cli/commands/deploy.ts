import { resolve } from 'node:path';
import { deployInput } from '../../config';
import { hostList } from '../../deployment/host-list';
import { connectClient } from '../../temporal/connection';
import { CommandError } from '../exit-codes';
import { ciRunOf, interruption, refToDeploy, requesterOf } from '../invocation-context';
import { consoleOutput } from '../output/console-output';
import { STOPS_FIRST } from '../output/report';
import { startOrAttach } from '../run/start-deploy';
import { watchRun } from '../run/watch-run';
import { configOf } from '../service-config';

export interface DeployOptions {
  env: string;
  config: string;
  ref?: string;
  fixForward?: boolean;
  takeOver?: boolean;
  stopFirst?: boolean;
  supersede?: boolean;
  waitForRunning?: boolean;
  again?: boolean;
}

/** `landfall deploy`: starts a deploy or attaches to it, and follows it to its end. @returns the exit code */
export async function deployCommand(service: string, options: DeployOptions): Promise<number> {
  const ref = refToDeploy(options.ref, resolve(options.config), process.env);
  if (ref === null) {
    throw new CommandError(
      'The commit to deploy is unknown: this folder is not a Git checkout. Name the commit with --ref, best as a full SHA.',
    );
  }
  return deploy(service, options, { ref });
}

/**
 * Deploys a ref, the release before the live one, or the live one once more.
 * @returns the exit code
 */
export async function deploy(
  service: string,
  options: DeployOptions,
  source: { ref: string } | { previous: true; soak: boolean } | { restart: true },
): Promise<number> {
  const config = configOf(service, options.config);
  const input = deployInput(config, {
    environment: options.env,
    ...source,
    by: requesterOf(process.env),
    ciRun: ciRunOf(process.env),
    fixForward: options.fixForward ?? false,
    takeOver: options.takeOver ?? false,
    stopFirst: options.stopFirst ?? false,
  });
  const out = consoleOutput();
  const client = await connectClient(config.controller);
  const hosts = hostList(input.hosts.map(({ name }) => name));
  out.say(
    'restart' in source
      ? `Restarting ${service} in ${options.env} (${hosts})`
      : `Deploying ${'ref' in source ? source.ref : 'the release before the live one'} of ${service} to ${options.env} (${hosts})`,
  );
  if (input.stopFirst) out.say(`  ! ${STOPS_FIRST}`);
  const run = await startOrAttach(client, input, {
    supersede: options.supersede ?? false,
    waitForRunning: options.waitForRunning ?? false,
    again: options.again ?? false,
    out,
  });
  return watchRun(client, run, out, interruption());
}
