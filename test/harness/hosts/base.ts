/** The tree that every host's disk starts from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { withLock } from './lock';
import { installNeeds, missingNeeds } from './needs';
import { cacheDirectory } from './paths';
import { runOrThrow } from './run';

const suite = 'bookworm';
const uvVersion = '0.13.9';
const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'python3',
  'python3-venv',
  'ca-certificates',
  'curl',
  'git',
  'iproute2',
  'procps',
  'postgresql',
  'redis-server',
  'nginx-light',
];

/**
 * Builds the base once, about two minutes, and returns its directory. It is named by a hash
 * of its recipe;a changed recipe is built again. Safe to call from several processes at once.
 */
export async function ensureBase(progress: (line: string) => void): Promise<string> {
  const customize = join(packageRoot(), 'test/harness/hosts/base/customize.sh');
  const requirements = join(packageRoot(), 'examples/fastapi-app/requirements.txt');
  const zoo = join(packageRoot(), 'test/zoo/wheels.txt');
  const hash = createHash('sha256')
    .update(JSON.stringify([suite, uvVersion, packages]))
    .update(readFileSync(customize))
    .update(pinned(requirements))
    .update(pinned(zoo))
    .digest('hex')
    .slice(0, 12);
  const base = join(cacheDirectory, `test-host-${hash}`);
  await installNeeds(progress);
  const missing = await missingNeeds();
  if (missing.length > 0) throw new Error(`Test hosts cannot run here. ${missing.join(' ')}`);
  if (existsSync(base)) return base;

  mkdirSync(cacheDirectory, { recursive: true });
  return withLock(join(cacheDirectory, 'test-host.lock'), async () => {
    if (existsSync(base)) return base;
    progress(`Building the base of the test hosts in ${base}: Debian ${suite}, about two minutes.`);
    const partial = `${base}.partial`;
    rmSync(partial, { recursive: true, force: true });
    await runOrThrow(
      'mmdebstrap',
      [
        '--variant=minbase',
        `--include=${packages.join(',')}`,
        `--customize-hook=${customize}`,
        suite,
        partial,
      ],
      {
        env: { ...process.env, WHEELS: requirements, ZOO_WHEELS: zoo, UV_VERSION: uvVersion },
        timeoutSeconds: 1800,
      },
    );
    renameSync(partial, base);
    progress('The base of the test hosts is built.');
    return base;
  });
}

/** The requirements without comments: rewording one needs no new base. */
function pinned(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).join('\n');
}
