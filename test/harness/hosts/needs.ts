/** The programs that this machine must have to run test hosts. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run';

/** A program that has to be on the PATH. */
export interface Need {
  program: string;
  package: string;
  /** As the end of `it …`. */
  purpose: string;
}

const programs: Need[] = [
  { program: 'systemd-nspawn', package: 'systemd-container', purpose: 'boots the hosts' },
  { program: 'mmdebstrap', package: 'mmdebstrap', purpose: "builds the hosts' Debian" },
  { program: 'ssh-keygen', package: 'openssh-client', purpose: 'makes their keys' },
  { program: 'nsenter', package: 'util-linux', purpose: 'looks inside them' },
  { program: 'mount', package: 'mount', purpose: 'gives them disks' },
];

/** One plain sentence for each thing that is missing; empty when test hosts can run. */
export async function missingNeeds(): Promise<string[]> {
  if (process.platform !== 'linux') return ['Test hosts need Linux: they are systemd containers.'];
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push('Test hosts need root: they mount disks and boot systemd.');
  for (const need of absent(programs)) {
    missing.push(`${need.program} is missing: install the Debian package ${need.package}.`);
  }
  return missing;
}

/** As root on Debian installs the packages that are missing, and says which and why. Safe to run twice. */
export async function installNeeds(progress: (line: string) => void, wanted = programs): Promise<void> {
  const needs = absent(wanted);
  if (needs.length === 0 || process.getuid?.() !== 0 || !onPath('apt-get')) return;
  for (const need of needs) progress(`Installing the Debian package ${need.package}: it ${need.purpose}.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--quiet'], { env, timeoutSeconds: 600 });
  const names = needs.map((need) => need.package);
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...names];
  const installed = await run('apt-get', install, { env, timeoutSeconds: 1200 });
  if (installed.code !== 0)
    throw new Error(`apt-get could not install ${names.join(', ')}:\n${installed.stderr}`);
}

/** Those of the needs that this machine does not have. */
export function absent(needs: Need[]): Need[] {
  return needs.filter((need) => !onPath(need.program));
}

function onPath(program: string): boolean {
  // Debian keeps some of them where an unprivileged user's PATH does not look.
  const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return path.some((directory) => existsSync(join(directory, program)));
}
