/** The hosts of an environment, as `landfall env` asks them: by this client's own connections. */
import { resolve } from 'node:path';
import { type Config, environmentOf } from '../../config';
import type { HostTarget, ServiceSettings } from '../../config/deploy-input';
import type { Verb } from '../../contract/answers';
import type { Verbs } from '../../contract/contract-types';
import { failureOf } from '../../deployment/failures';
import { callHelper, RequestRefused } from '../../host-agent/client';
import { HostConnections } from '../../ssh/connections';
import { workerOptionsFrom } from '../../worker';
import { CommandError } from '../exit-codes';
import { configOf } from '../service-config';

export interface EnvOptions {
  env: string;
  config: string;
  /** Only these hosts. */
  host?: string[];
}

/** The answer of one host, or why there is none. */
export type Answered<T> = { host: string } & ({ answer: T } | { failed: string });

/** Values never pass the engine, which keeps a history. */
export class ServiceHosts {
  private readonly connections: HostConnections;

  private constructor(
    readonly service: string,
    readonly settings: ServiceSettings,
    readonly hosts: HostTarget[],
  ) {
    const { keyFiles, knownHosts } = workerOptionsFrom(process.env);
    this.connections = new HostConnections({ keyFiles, knownHosts });
  }

  static of(service: string, options: EnvOptions): ServiceHosts {
    const config = configOf(service, resolve(options.config));
    const { settings } = environmentOf(config, options.env);
    return new ServiceHosts(service, settings, chosen(config, options));
  }

  /** Runs this with the hosts, and closes the connections. */
  static async with<T>(
    service: string,
    options: EnvOptions,
    work: (hosts: ServiceHosts) => Promise<T>,
  ): Promise<T> {
    const hosts = ServiceHosts.of(service, options);
    try {
      return await work(hosts);
    } finally {
      hosts.connections.close();
    }
  }

  /** One request to one host. */
  async ask<V extends Verb>(
    host: HostTarget,
    verb: V,
    request: Verbs[V]['request'],
  ): Promise<Answered<Verbs[V]['result']>> {
    try {
      return {
        host: host.name,
        answer: await callHelper(this.connections, host, this.service, verb, request),
      };
    } catch (error) {
      if (error instanceof RequestRefused) return { host: host.name, failed: olderHelper(host, error) };
      const failure = failureOf(error);
      const message = failure?.message ?? (error instanceof Error ? error.message : String(error));
      return { host: host.name, failed: failure === null ? message : `${message} ${failure.details.advice}` };
    }
  }

  /** The same request to all hosts at once. */
  askAll<V extends Verb>(verb: V, request: Verbs[V]['request']): Promise<Answered<Verbs[V]['result']>[]> {
    return Promise.all(this.hosts.map((host) => this.ask(host, verb, request)));
  }
}

function chosen(config: Config, { env, host: names = [] }: EnvOptions): HostTarget[] {
  const { hosts } = environmentOf(config, env);
  const unknown = names.find((name) => hosts.every((host) => host.name !== name));
  if (unknown !== undefined)
    throw new CommandError(
      `The environment ${env} has no host ${unknown}; it has: ${hosts.map(({ name }) => name).join(', ')}.`,
    );
  return names.length === 0 ? hosts : hosts.filter(({ name }) => names.includes(name));
}

/** Splits answers from failures. */
export function sorted<T>(all: Answered<T>[]): {
  answers: { host: string; answer: T }[];
  failures: { host: string; failed: string }[];
} {
  return {
    answers: all.filter((each): each is { host: string; answer: T } => 'answer' in each),
    failures: all.filter((each): each is { host: string; failed: string } => 'failed' in each),
  };
}

function olderHelper(host: HostTarget, error: Error): string {
  return `${error.message} Its landfall-host may be of another version. Run: landfall setup ${host.name} --env <environment>`;
}
