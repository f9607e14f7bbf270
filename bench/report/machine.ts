/** The machine and the versions with which the numbers were measured. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root';
import { type Ran, runCommand } from '../../test/harness/run-command';

export interface Machine {
  processors: number;
  processor: string;
  memoryGigabytes: number;
  kernel: string;
  node: string;
  /** Of the packages and programs that take part; absent: not installed. */
  versions: Record<string, string>;
}

const PACKAGES = ['gunicorn', 'uvicorn', 'uvicorn-worker', 'fastapi'];

export async function machine(): Promise<Machine> {
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    versions: {
      landfall: await landfallCommit(),
      ...pinnedPackages(),
      ...(await programVersion('ansible', 'ansible', ['--version'])),
      ...(await programVersion('capistrano', 'cap', ['--version'])),
    },
  };
}

function pinnedPackages(): Record<string, string> {
  const pins = readFileSync(join(packageRoot(), 'examples', 'fastapi-app', 'requirements.txt'), 'utf8');
  const found = [...pins.matchAll(/^([a-z-]+)==(\S+)/gm)].map(([, name, version]) => [name, version]);
  return Object.fromEntries(found.filter(([name]) => PACKAGES.includes(name ?? '')));
}

async function landfallCommit(): Promise<string> {
  const { code, output } = await tried('git', ['-C', packageRoot(), 'describe', '--always', '--dirty']);
  return code === 0 ? output.trim() : 'unknown';
}

async function programVersion(
  name: string,
  program: string,
  args: string[],
): Promise<Record<string, string>> {
  const { code, output } = await tried(program, args);
  const version = /\d+(\.\d+)+/.exec(output)?.[0];
  return code === 0 && version !== undefined ? { [name]: version } : {};
}

function tried(program: string, args: string[]): Promise<Ran> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, LC_ALL: 'C.UTF-8' };
  return runCommand(program, args, { env }).catch(() => ({ code: null, output: '' }));
}
