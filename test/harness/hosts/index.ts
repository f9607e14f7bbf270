/**
 * Real hosts for tests: Debian with systemd as process 1, sshd, sudo and PostgreSQL. Each host has its own loopback
 * address, and takes about a second from start to login. Nothing of Landfall is on them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from '../../../src/timing/poll';
import { claimAddress } from './addresses';
import { type Debian, ensureBase } from './base';
import { cutPower, spawnSupervisor, waitForLogin } from './boot';
import { knownHosts, sweep } from './cleanup';
import { loginKey } from './key';
import { withLock } from './lock';
import { stateDirectory } from './paths';
import { setUpDatabase } from './postgres';
import { childrenOf, initBelow, isAlive, type ProcessId, processId } from './processes';
import { type Ran, type RunOptions, run } from './run';
import { type HostKind, type HostSpec, hostFiles } from './spec';

export { type Debian, ensureBase } from './base';
export { missingNeeds } from './needs';
export type { Ran, RunOptions } from './run';
export type { HostKind } from './spec';

export interface TestHost {
  name: string;
  /** `least-privilege`: `deploy` may not use sudo at all; `full-sudo`: for everything, without a password. */
  kind: HostKind;
  /** 127.0.1.N: sshd, PostgreSQL and the application listen there and nowhere else. */
  address: string;
  port: number;
  user: 'deploy';
  /** Private key that logs in as `deploy` and as root; the same for all test hosts. */
  keyFile: string;
  /** Holds this host's key and no other. */
  knownHostsFile: string;
  /** `postgresql://shop:…@127.0.1.N:5432/shop`: an empty database of this host's own. */
  databaseUrl: string;
  /** Runs a shell command as root inside the host, not over SSH. */
  root(command: string, options?: RunOptions): Promise<Ran>;
  /** Kills every process at once and boots again on the same disk; resolves when people can log in. */
  powerLoss(): Promise<void>;
  /** Leaves no process and no mount. Safe to call twice. */
  stop(): Promise<void>;
}

export interface HostOptions {
  /** Default 12. */
  debian?: Debian;
  /** Default `least-privilege`. */
  kind?: HostKind;
  /** Host name; default `host-N`. */
  name?: string;
  /** Lines for sshd's configuration; they win over the harness's own. */
  sshd?: string;
  /** Default 1024. It is memory, used only as it is filled. */
  diskMegabytes?: number;
  /** Outlives this process, until `host down`; default false. */
  detached?: boolean;
  /** For what takes long: the first start builds the base. Default: standard error. */
  progress?: (line: string) => void;
}

const hostName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Boots a host and waits until people can log in and its database serves. It is taken down by
 * `stop()` or with this process, however this process ends.
 */
export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  if (options.name !== undefined && !hostName.test(options.name)) {
    throw new Error(`${options.name} is not a host name: use letters a to z, digits and hyphens.`);
  }
  const base = await ensureBase(options.progress ?? ((line) => console.error(line)), options.debian);
  const key = await loginKey();
  const owner = processId(process.pid);
  if (owner === null) throw new Error('Test hosts need /proc.');
  const { state, spec } = await claimAddress({
    name: options.name ?? '',
    kind: options.kind ?? 'least-privilege',
    sshd: options.sshd ?? '',
    diskMegabytes: options.diskMegabytes ?? 1024,
    base,
    publicKey: key.publicKey,
    since: Math.floor(Date.now() / 1000),
    owner,
    detached: options.detached ?? false,
  });
  const guard = spawnSupervisor(state, spec);
  try {
    await waitForLogin(state, spec, guard);
    const databaseUrl = await setUpDatabase(spec, (command, more) => asRoot(guard, command, more));
    writeFileSync(hostFiles(state).databaseUrl, databaseUrl, { mode: 0o600 });
    return handle(state, spec, guard, key.file, databaseUrl);
  } catch (error) {
    await stopHost(state, guard);
    throw error;
  }
}

/** Every host that runs on this machine, whoever started it. */
export async function runningHosts(): Promise<(TestHost & { since: Date; detached: boolean })[]> {
  const key = await loginKey();
  return knownHosts().flatMap(({ state, spec, guard }) => {
    // A starting host has no database yet.
    if (guard === null || !isAlive(guard) || !existsSync(hostFiles(state).databaseUrl)) return [];
    const databaseUrl = readFileSync(hostFiles(state).databaseUrl, 'utf8');
    const since = new Date(spec.since * 1000);
    return [{ ...handle(state, spec, guard, key.file, databaseUrl), since, detached: spec.detached }];
  });
}

function handle(
  state: string,
  spec: HostSpec,
  guard: ProcessId,
  keyFile: string,
  databaseUrl: string,
): TestHost {
  return {
    name: spec.name,
    kind: spec.kind,
    address: spec.address,
    port: spec.port,
    user: 'deploy',
    keyFile,
    knownHostsFile: hostFiles(state).knownHosts,
    databaseUrl,
    root: (command, options) => asRoot(guard, command, options),
    powerLoss: async () => {
      await cutPower(guard);
      await waitForLogin(state, spec, guard);
    },
    stop: () => stopHost(state, guard),
  };
}

/** Runs a shell command in all of the host's namespaces. */
export async function asRoot(guard: ProcessId, command: string, options?: RunOptions): Promise<Ran> {
  const init = initBelow(guard);
  if (init === null) throw new Error('The host is not running.');
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
  };
  return run('nsenter', ['--all', '--target', String(init.pid), '/bin/sh', '-c', command], {
    env,
    ...options,
  });
}

/** Asks the supervisor to end; one that does not is killed, and the kernel takes the host down. */
export async function stopHost(state: string, guard: ProcessId): Promise<void> {
  for (const supervisor of childrenOf(guard.pid)) if (isAlive(guard)) process.kill(supervisor, 'SIGTERM');
  const ended = async () => !isAlive(guard) || null;
  if ((await poll(ended, { pause: 10, limit: 20_000 })) === null) {
    process.kill(guard.pid, 'SIGKILL');
    await poll(ended, { pause: 10 });
  }
  // A killed supervisor could not remove its directory; one that ended by itself has.
  if (existsSync(state)) await withLock(join(stateDirectory, 'lock'), async () => sweep());
}
