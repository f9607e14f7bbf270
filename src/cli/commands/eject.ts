import { resolve } from 'node:path';
import { type Config, type Environment, environmentOf, loadConfig } from '../../config';
import type { HostTarget } from '../../config/deploy-input';
import type { Eject } from '../../contract/contract-types';
import { giveBack } from '../../host-agent/client';
import { helperSource } from '../../host-agent/helper-source';
import { output } from '../../output/output';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { confirmed } from '../confirmed';
import { CommandError } from '../exit-codes';

export interface EjectOptions {
  /** Default: the only environment. */
  env?: string;
  config: string;
  checkout?: string;
  /** The user that logs in: root, or another administrator with full sudo. */
  as: string;
  dryRun?: boolean;
  yes?: boolean;
}

/**
 * `landfall eject`: prints for each host what root would do, asks once, and gives the service back. Safe to repeat.
 * @returns the exit code
 * @throws the refusal of a host; its service then runs as before, and the hosts after it are untouched
 */
export async function ejectCommand(names: string[], options: EjectOptions): Promise<number> {
  const { as, checkout = null } = options;
  const config = loadConfig(resolve(options.config));
  const environment = environmentOf(config, options.env ?? onlyEnvironment(config));
  const hosts = hostsNamed(environment, names);
  const { keyFiles, knownHosts } = workerOptionsFrom(process.env);
  const connections = new HostConnections({ keyFiles, knownHosts });
  const source = helperSource();
  const ask = (host: HostTarget, apply: boolean): Promise<Eject['result']> => {
    const request = { ...requestOf(config, environment, host, checkout), apply };
    return giveBack(connections, { ...host, user: as }, request, source);
  };
  try {
    const open: HostTarget[] = [];
    for (const host of hosts) {
      const plan = await ask(host, false);
      output.say(`On ${host.name}, as ${as}:`, ...ejectLines(plan));
      if (plan.actions.some((action) => !action.done)) open.push(host);
    }
    if (open.length === 0) {
      output.say(`${config.service} is ejected already; nothing to do.`);
      return 0;
    }
    if (options.dryRun) return 0;
    const where = open.map(({ name }) => name).join(', ');
    if (!(await confirmed(`Eject ${config.service} from Landfall on ${where} now?`, options.yes))) return 1;
    for (const host of open) {
      const done = await ask(host, true);
      for (const warning of done.warnings) output.say(`  ! ${host.name}: ${warning}`);
      output.say(`Done: ${host.name} runs ${config.service} without Landfall.`);
    }
    output.say(
      `Remove the rest of Landfall with: landfall setup HOST --env ${environment.name} --remove`,
      `Take a host back with: landfall setup HOST --env ${environment.name}`,
    );
    return 0;
  } finally {
    connections.close();
  }
}

function ejectLines(plan: Eject['result']): string[] {
  return [
    ...plan.actions.map(({ done, what }) => `  ${done ? '✓' : '+'} ${what}`),
    ...plan.warnings.map((warning) => `  ! ${warning}`),
  ];
}

function requestOf(
  { service, repository, path }: Config,
  { settings }: Environment,
  host: HostTarget,
  checkout: string | null,
): Omit<Eject['request'], 'bytes' | 'apply'> {
  const { requirements, dependencies, processes, build, migrate } = settings;
  return {
    service,
    checkout,
    repository: withoutLogin(repository),
    path,
    address: host.bind,
    requirements: requirements ?? [],
    groups: dependencies.groups,
    extras: dependencies.extras,
    singletons: Object.entries(processes).flatMap(([name, { singleton, schedule }]) =>
      singleton === true && schedule === null ? [name] : [],
    ),
    build: (build?.commands ?? []).map((command) =>
      typeof command === 'string' ? ['/bin/sh', '-ec', command] : command,
    ),
    migrate: migrate?.command ?? null,
  };
}

/** A password in the address stays on the controller. The host has logins of its own. */
function withoutLogin(repository: string): string {
  return repository.replace(/^(https:\/\/)[^/]*@/, '$1');
}

function onlyEnvironment({ environments }: Config): string {
  const [only, ...others] = [...environments.keys()];
  if (only !== undefined && others.length === 0) return only;
  throw new CommandError(`Name the environment with --env: ${[only, ...others].join(', ')}.`);
}

/** @throws CommandError for a name that is neither the service nor a host of the environment */
function hostsNamed({ name: environment, service, hosts }: Environment, names: string[]): HostTarget[] {
  const found = names.flatMap((name) => {
    const named = hosts.filter((host) => name === service || host.name === name || host.address === name);
    if (named.length > 0) return named;
    const known = hosts.map((host) => host.name).join(', ');
    throw new CommandError(
      `${name} is neither the service ${service} nor a host of ${environment}, which has: ${known}.`,
    );
  });
  return [...new Set(found)];
}
