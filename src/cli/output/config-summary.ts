/** A checked `landfall.yaml` in a few lines, and as JSON for programs. Pure. */
import type { Config, Environment, Problem } from '../../config';
import type { HostTarget } from '../../config/deploy-input';
import { bindArgument } from '../../deployment/gunicorn';
import { hostList } from '../../deployment/host-list';

/** The output of `landfall validate --json`. */
export interface ValidatedJson {
  file: string;
  valid: boolean;
  problems: Problem[];
  /** null: the file has problems. */
  config: ConfigJson | null;
}

interface ConfigJson {
  service: string;
  repository: string;
  path: string | null;
  environments: Record<string, EnvironmentJson>;
}

type EnvironmentJson = Pick<
  Environment['settings'],
  'app' | 'strategy' | 'unit' | 'user' | 'base' | 'envFiles'
> & {
  hosts: { name: string; login: string; bind: string }[];
  batch: number;
  /** The probe of readiness: `GET /health/ready`, `tcp`, a command, or a URL. */
  readiness: string;
  /** The command; null: none. */
  migrate: string[] | null;
  /** Names. */
  processes: string[];
};

export function configJson({ service, repository, path, environments }: Config): ConfigJson {
  const places = [...environments.values()].map((each) => [each.name, environmentJson(each)] as const);
  return { service, repository, path, environments: Object.fromEntries(places) };
}

function environmentJson({ hosts, batch, settings }: Environment): EnvironmentJson {
  const { app, strategy, unit, user, base, envFiles, migrate, processes } = settings;
  return {
    hosts: hosts.map((host) => ({ name: host.name, login: loginOf(host), bind: bindArgument(host.bind) })),
    batch,
    app,
    strategy,
    unit,
    user,
    base,
    envFiles,
    readiness: readinessOf(settings),
    migrate: migrate?.command ?? null,
    processes: Object.keys(processes),
  };
}

/** The lines for people: first the service, then each environment. */
export function configLines(config: Config): string[] {
  const { service, repository, path, file } = config;
  const folder = path === null ? '' : `, folder ${path}`;
  return [
    `${file} is valid: service ${service} of ${repository}${folder}`,
    ...[...config.environments.values()].flatMap(environmentLines),
  ];
}

function environmentLines(environment: Environment): string[] {
  const { hosts, unit, user, base, readiness, strategy, migrate, processes } = environmentJson(environment);
  const binds = [...new Set(hosts.map(({ bind }) => bind))];
  return [
    `${environment.name}: ${hostList(hosts.map(({ login }) => login))}`,
    `  ${unit} as ${user} in ${base}, listens on ${hostList(binds)}, strategy ${strategy}`,
    `  ready: ${readiness}`,
    ...(migrate === null ? [] : [`  migration: ${migrate.join(' ')}`]),
    ...(processes.length === 0 ? [] : [`  processes: ${processes.join(', ')}`]),
  ];
}

function readinessOf({ readiness: { url, check, path } }: Environment['settings']): string {
  if (url !== null) return `GET ${url}`;
  if (typeof check === 'object') return check.command.join(' ');
  return check === 'tcp' ? 'tcp' : `GET ${path}${check === 'https' ? ' (https)' : ''}`;
}

/** As `hosts:` takes it. The controller's configuration of OpenSSH decides the rest. */
function loginOf({ address, user, port }: HostTarget): string {
  const place = port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
  return user === null ? place : `${user}@${place}`;
}
