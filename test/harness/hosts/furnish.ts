/** Makes a fresh disk one particular host: names, addresses, keys, who may use sudo. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostSpec } from './spec';

/** The program that systemd-nspawn starts as process 1. */
export const initPath = '/usr/local/sbin/test-host-init';

/** Writes below `root`, once. Returns the host's public SSH key. */
export function furnish(root: string, spec: HostSpec): string {
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
    chmodSync(join(root, path), mode);
  };
  write('/etc/hostname', `${spec.name}\n`);
  write('/etc/hosts', `127.0.0.1 localhost\n${spec.address} ${spec.name}\n`);
  // An id of its own also keeps systemd from taking this for a first boot and applying presets.
  write('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444);

  // sshd takes the first value that it meets.
  write(
    '/etc/ssh/sshd_config.d/10-test-host.conf',
    `${spec.sshd}\nListenAddress ${spec.address}:${spec.port}\nHostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\nPasswordAuthentication no\n`,
  );
  write('/root/.ssh/authorized_keys', spec.publicKey, 0o600);
  write('/home/deploy/.ssh/authorized_keys', spec.publicKey, 0o600);
  const user = /^deploy:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(root, '/etc/passwd'), 'utf8'));
  chownSync(join(root, '/home/deploy/.ssh/authorized_keys'), Number(user?.[1]), Number(user?.[2]));
  if (spec.kind === 'full-sudo') write('/etc/sudoers.d/deploy', 'deploy ALL=(ALL) NOPASSWD: ALL\n', 0o440);

  const [postgres = ''] = readdirSync(join(root, '/etc/postgresql'));
  write(
    `/etc/postgresql/${postgres}/main/conf.d/test-host.conf`,
    `listen_addresses = '${spec.address}'\nport = ${spec.databasePort}\n`,
  );
  const link = (path: string, to: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(to, join(root, path));
  };
  // systemd runs them at each reload, which takes twice as long with them. Only PostgreSQL's finds anything here.
  for (const name of readdirSync(join(root, '/usr/lib/systemd/system-generators')))
    link(`/etc/systemd/system-generators/${name}`, '/dev/null');
  link(
    `/etc/systemd/system/postgresql.service.wants/postgresql@${postgres}-main.service`,
    '/lib/systemd/system/postgresql@.service',
  );

  // systemd-nspawn leaves the controllers of cgroup version 1 read-only, and systemd then leaves
  // MemoryMax= and TasksMax= without effect. On version 2 there is nothing to mount again.
  write(
    initPath,
    `#!/bin/sh
for controller in memory pids cpu cpuacct; do
  [ ! -d /sys/fs/cgroup/$controller ] || mount -o remount,rw,bind /sys/fs/cgroup/$controller
done
exec /lib/systemd/systemd
`,
    0o755,
  );

  const key = join(root, '/etc/ssh/ssh_host_ed25519_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', spec.name, '-f', key]);
  return readFileSync(`${key}.pub`, 'utf8').trim();
}
