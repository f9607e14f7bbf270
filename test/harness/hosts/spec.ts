import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from './processes';

export type HostKind = 'least-privilege' | 'full-sudo';

/** The specification of a host: written once, before it first boots, as `host.json` in its state directory. */
export interface HostSpec {
  name: string;
  kind: HostKind;
  address: string;
  port: number;
  databasePort: number;
  /** Lines for sshd's configuration, before its own. */
  sshd: string;
  diskMegabytes: number;
  /** The tree that its disk starts from; only read. */
  base: string;
  /** Who may log in as `deploy` and as root. */
  publicKey: string;
  /** Seconds since 1970. */
  since: number;
  /** The process that asked for it. */
  owner: ProcessId;
  /** Whether it outlives its owner. */
  detached: boolean;
}

/** A state directory's files. */
export const hostFiles = (state: string) => ({
  spec: join(state, 'host.json'),
  /** ProcessId of the guard, the process that everything of the host depends on. */
  guard: join(state, 'guard.json'),
  knownHosts: join(state, 'known_hosts'),
  databaseUrl: join(state, 'database-url'),
  /** The output of the supervisor and the console. */
  log: join(state, 'console.log'),
  disk: join(state, 'disk'),
  root: join(state, 'root'),
});

export function readSpec(state: string): HostSpec {
  return JSON.parse(readFileSync(hostFiles(state).spec, 'utf8')) as HostSpec;
}
