/** The machines that a controller reaches by SSH, as they are named in known_hosts. Pure. */
import type { Config } from '../../config';

/** The hosts of all environments, and the Git server when it is reached by SSH. */
export function trustedNames(config: Pick<Config, 'environments' | 'repository'>): string[] {
  const hosts = [...config.environments.values()].flatMap((environment) => environment.hosts);
  const server = gitServerOf(config.repository);
  const names = [
    ...hosts.map(({ address, port }) => nameOf(address, port)),
    ...(server === null ? [] : [server]),
  ];
  return [...new Set(names)];
}

function nameOf(host: string, port: number | null): string {
  return port === null || port === 22 ? host : `[${host}]:${port}`;
}

/** @returns null for a repository that is reached in another way than SSH */
function gitServerOf(repository: string): string | null {
  const url = /^ssh:\/\/(?:[^@/]+@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\//.exec(repository);
  if (url?.[1] !== undefined) return nameOf(url[1].replace(/^\[|\]$/g, ''), Number(url[2] ?? 22));
  return /^[^@/:]+@([^:/]+):/.exec(repository)?.[1] ?? null;
}
