/** A host in a container: systemd as process 1, sshd and PostgreSQL. Docs: docker/host/Dockerfile. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from '../../../src/timing/poll';
import { loginKey } from '../hosts/key';
import type { Ran, RunOptions } from '../hosts/run';
import type { Docker } from './docker';

/** systemd and PostgreSQL take five seconds; on a busy machine more. */
const BOOT_LIMIT_MS = 90_000;

export interface ContainerHost {
  /** Of its container. */
  id: string;
  name: string;
  address: string;
  port: number;
  user: 'deploy';
  /** Private key that logs in as `deploy` and as root. */
  keyFile: string;
  /** Holds this host's key and no other. */
  knownHostsFile: string;
  /** As the host itself reaches it. */
  databaseUrl: string;
  /** Runs a shell command as root inside the host, not over SSH. */
  root(command: string, options?: RunOptions): Promise<Ran>;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

export interface ContainerHostOptions {
  docker: Docker;
  image: string;
  network: string;
  name: string;
  /** For files of this host. */
  folder: string;
  /** Ports of this machine's loopback for sshd and for port 8000; default: the container's own address. */
  published?: { ssh: number; app: number };
}

/** Boots it and waits until people can log in and its database serves. */
export async function startContainerHost(options: ContainerHostOptions): Promise<ContainerHost> {
  const { docker, image, network, name, published, folder } = options;
  const key = await loginKey();
  const ports = published
    ? ['--publish', `127.0.0.1:${published.ssh}:22`, '--publish', `127.0.0.1:${published.app}:8000`]
    : [];
  const id = await docker.run(
    ...['run', '--detach', '--network', network, '--hostname', name, ...ports, ...FOR_SYSTEMD],
    ...['--env', `PUBLIC_KEY=${key.publicKey.trim()}`, image],
  );
  const root = (command: string, more?: RunOptions) => docker.exec(id, command, more);
  const stop = async () => {
    await docker.try('rm', '--force', '--volumes', id);
  };
  try {
    await untilServes(docker, id);
    const inside = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const address = published ? '127.0.0.1' : await docker.run('inspect', '--format', inside, id);
    const port = published?.ssh ?? 22;
    const hostKey = (await root('cat /etc/ssh/ssh_host_ed25519_key.pub')).stdout.trim();
    const knownHostsFile = join(folder, `${name}.known_hosts`);
    writeFileSync(knownHostsFile, `${published ? `[${address}]:${port}` : address} ${hostKey}\n`);
    const databaseUrl = await setUpDatabase(root);
    return {
      id,
      name,
      address,
      port,
      user: 'deploy',
      keyFile: key.file,
      knownHostsFile,
      databaseUrl,
      root,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Less than `--privileged`: the right to mount, which systemd and its units need, no profile of AppArmor against that,
 * and cgroups of its own. A unit with `PrivateUsers=` and `ProtectProc=` needs SYS_PTRACE, to see its own first process.
 */
const FOR_SYSTEMD = [
  ...['--cap-add', 'SYS_ADMIN', '--cap-add', 'SYS_PTRACE', '--security-opt', 'apparmor=unconfined'],
  ...['--cgroupns', 'private'],
  ...['--tmpfs', '/run:exec', '--tmpfs', '/run/lock', '--tmpfs', '/tmp:exec'],
];

async function untilServes(docker: Docker, id: string): Promise<void> {
  const ready = 'systemctl is-active --quiet ssh.service && test ! -e /run/nologin && pg_isready --quiet';
  const look = async () => {
    if ((await docker.exec(id, ready)).code === 0) return 'ready';
    return (await docker.run('inspect', '--format', '{{.State.Running}}', id)) === 'true' ? null : 'ended';
  };
  if ((await poll(look, { pause: 200, limit: BOOT_LIMIT_MS })) === 'ready') return;
  const printed = await docker.try('logs', '--tail', '50', id);
  const failed = await docker.exec(id, 'systemctl --no-pager --failed').catch(() => null);
  throw new Error(
    `The host's container did not boot:\n${printed.stdout}${printed.stderr}${failed?.stdout ?? ''}`,
  );
}

async function setUpDatabase(root: ContainerHost['root']): Promise<string> {
  const password = randomBytes(12).toString('hex');
  const made = await root('cd / && setpriv --reuid postgres --regid postgres --init-groups psql -qX', {
    input: `SET client_min_messages = warning; DROP DATABASE IF EXISTS shop; DROP ROLE IF EXISTS shop;
CREATE ROLE shop LOGIN PASSWORD '${password}'; CREATE DATABASE shop OWNER shop;\n`.replaceAll('; ', ';\n'),
  });
  if (made.code !== 0) throw new Error(`PostgreSQL in the host's container: ${made.stderr}`);
  return `postgresql://shop:${password}@127.0.0.1:5432/shop`;
}
