import { resolve } from 'node:path';
import { deployInput, loadConfig } from '../../config';
import { connectClient } from '../../temporal/connection';
import { CommandError } from '../exit-codes';
import { ciRunOf, refToDeploy, requesterOf } from '../invocation-context';
import { consoleOutput } from '../output/console-output';
import { STOPS_FIRST } from '../output/report';
import { startOrAttach } from '../run/start-deploy';
import { watchRun } from '../run/watch-run';

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

export interface RollbackOptions extends DeployOptions {
  /** Watch it on once more, as when it was new. */
  soak?: boolean;
}

/** `landfall deploy`: starts or attaches, follows to the end. @returns the exit code */
export async function deployCommand(service: string, options: DeployOptions): Promise<number> {
  const configFile = resolve(options.config);
  const ref = refToDeploy(options.ref, configFile, process.env);
  if (ref === null) {
    throw new CommandError(
      'Which commit? This folder is no git checkout: name it with --ref, best as a full SHA.',
    );
  }
  return run(service, options, { ref });
}

/** `landfall rollback`: a deploy of the good release before the live one. @returns the exit code */
export async function rollbackCommand(service: string, options: RollbackOptions): Promise<number> {
  const source = { previous: true, soak: options.soak ?? false } as const;
  // The live release may well be the reason for going back: it need not be ready.
  return run(service, { ...options, fixForward: true, again: true }, source);
}

async function run(
  service: string,
  options: DeployOptions,
  source: { ref: string } | { previous: true; soak: boolean },
): Promise<number> {
  const config = loadConfig(resolve(options.config));
  if (config.service !== service) {
    throw new CommandError(`${options.config} describes the service ${config.service}, not ${service}.`);
  }
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
  const client = await connectClient();
  const what = 'ref' in source ? source.ref : 'the release before the live one';
  out.say(
    `Deploying ${what} of ${service} to ${options.env} (${input.hosts.map((host) => host.name).join(', ')})`,
  );
  if (input.stopFirst) out.say(`  ! ${STOPS_FIRST}`);
  const found = await startOrAttach(client, input, {
    supersede: options.supersede ?? false,
    waitForRunning: options.waitForRunning ?? false,
    again: options.again ?? false,
    out,
  });
  return watchRun(client, found, out, onInterrupt());
}

/** Ctrl-C leaves the deploy alone and ends only the following of it. */
export function onInterrupt(): AbortSignal {
  const leave = new AbortController();
  process.once('SIGINT', () => leave.abort());
  process.once('SIGTERM', () => leave.abort());
  return leave.signal;
}
