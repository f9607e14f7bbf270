/**
 * Runs one host: gives it a disk, boots it, and boots it again after each power loss or reboot. SIGTERM, or the end
 * of standard input (its owner is gone), takes everything down. The supervisor is process 1 of a PID namespace and
 * has its own mounts. So nothing of the host outlives it, even when it is killed. boot.ts starts it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCgroups } from './cgroups';
import { cgroupName, removeTraces } from './cleanup';
import { furnish, initPath } from './furnish';
import { childrenOf } from './processes';
import { type HostSpec, hostFiles, readSpec } from './spec';

/** Fewer seconds than this between two boots, several times in a row, is a host that cannot boot. */
const quickSeconds = 1;
const quickBootsAllowed = 5;

const nspawnNotes = '/run/systemd/nspawn';

function mountDisk(files: ReturnType<typeof hostFiles>, spec: HostSpec): void {
  mkdirSync(files.disk);
  mkdirSync(files.root);
  // In memory: quick, and a host that fills its disk fills no other.
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${spec.diskMegabytes}m,mode=755`, 'tmpfs', files.disk]);
  const upper = join(files.disk, 'upper');
  const work = join(files.disk, 'work');
  mkdirSync(upper);
  mkdirSync(work);
  const options = `lowerdir=${spec.base},upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', files.root]);
  // systemd-nspawn's own notes: when it is killed, they go with our mounts.
  mkdirSync(nspawnNotes, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', nspawnNotes]);
}

function boot(root: string, spec: HostSpec): ChildProcess {
  const cgroups = makeCgroups(cgroupName(spec));
  const enter = cgroups.map((cgroup) => `echo $$ > ${cgroup}/cgroup.procs`).join(' && ');
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    `--directory=${root}`,
    '--register=no',
    '--keep-unit',
    `--machine=${cgroupName(spec).replaceAll('.', '-')}`,
    `--hostname=${spec.name}`,
    '--resolv-conf=off',
    '--timezone=off',
    '--console=pipe',
    // As on a machine: root may copy an open socket of another process.
    '--system-call-filter=pidfd_getfd',
    initPath,
  ];
  return spawn('sh', ['-c', `${enter} && exec "$@"`, 'sh', ...nspawn], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Kills the host's process 1, and so everything in it; before that runs, what is about to start it. */
function endContainer(container: ChildProcess | undefined): void {
  if (container?.pid === undefined) return;
  const inits = childrenOf(container.pid);
  for (const pid of inits) process.kill(pid, 'SIGKILL');
  if (inits.length === 0) container.kill('SIGKILL');
}

async function supervise(state: string): Promise<void> {
  const files = hostFiles(state);
  const spec = readSpec(state);

  let stopping = false;
  const stop = () => {
    stopping = true;
    endContainer(container);
  };
  let container: ChildProcess | undefined;
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => {}); // Ctrl-C is for the owner, whose end we notice.
  process.on('SIGHUP', () => {});
  if (!spec.detached) process.stdin.on('end', stop).on('error', stop).resume();

  mountDisk(files, spec);
  const hostKey = furnish(files.root, spec);
  const place = spec.port === 22 ? spec.address : `[${spec.address}]:${spec.port}`;
  writeFileSync(files.knownHosts, `${place} ${hostKey.split(' ').slice(0, 2).join(' ')}\n`);

  let quickBoots = 0;
  while (!stopping && quickBoots <= quickBootsAllowed) {
    const started = Date.now();
    container = boot(files.root, spec);
    await once(container, 'close');
    quickBoots = Date.now() - started < quickSeconds * 1000 ? quickBoots + 1 : 0;
  }
  process.exitCode = stopping ? 0 : 1;

  execFileSync('umount', [files.root]);
  execFileSync('umount', [files.disk]);
  // The log of a host that cannot boot is for its owner to read.
  if (stopping) removeTraces(state, spec);
  // An owner that lives on keeps standard input open.
  process.exit();
}

void supervise(process.argv[2] ?? '');
