/** The tree that every host's disk starts from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { withLock } from './lock';
import { installNeeds, missingNeeds } from './needs';
import { cacheDirectory } from './paths';
import { runOrThrow } from './run';

/** The Debian of a host: systemd 252 and Python 3.11, or systemd 257 and Python 3.13. */
export type Debian = 12 | 13;

const suites = { 12: 'bookworm', 13: 'trixie' };
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
 * Builds the base of one Debian once, about two minutes, and returns its directory. It is named by a hash
 * of its recipe; a changed recipe is built again. Safe to call from several processes at once.
 */
export async function ensureBase(progress: (line: string) => void, debian: Debian = 12): Promise<string> {
  const suite = suites[debian];
  const customize = customizing(debian);
  const requirements = join(packageRoot(), 'examples/fastapi-app/requirements.txt');
  const zoo = join(packageRoot(), 'test/zoo/wheels.txt');
  const hash = createHash('sha256')
    .update(JSON.stringify([suite, uvVersion, packages]))
    .update(customize)
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
  return withLock(join(cacheDirectory, lockOf[debian]), async () => {
    if (existsSync(base)) return base;
    progress(`Building the base of the test hosts in ${base}: Debian ${suite}, about two minutes.`);
    const partial = `${base}.partial`;
    rmSync(partial, { recursive: true, force: true });
    const hook = `${base}.sh`;
    writeFileSync(hook, customize, { mode: 0o755 });
    await runOrThrow(
      'mmdebstrap',
      ['--variant=minbase', `--include=${packages.join(',')}`, `--customize-hook=${hook}`, suite, partial],
      {
        env: { ...process.env, WHEELS: requirements, ZOO_WHEELS: zoo, UV_VERSION: uvVersion },
        timeoutSeconds: 1800,
      },
    );
    rmSync(hook);
    renameSync(partial, base);
    progress('The base of the test hosts is built.');
    return base;
  });
}

/** Two bases may be built at the same time. */
const lockOf = { 12: 'test-host.lock', 13: 'test-host-13.lock' };

/** Debian 13 has PostgreSQL 17. Of the wheels it has those of the example: old ones do not exist for its Python. */
function customizing(debian: Debian): string {
  const script = readFileSync(join(packageRoot(), 'test/harness/hosts/base/customize.sh'), 'utf8');
  if (debian === 12) return script;
  return script.replaceAll('postgresql/15/', 'postgresql/17/').replace(/^inside .*\/tmp\/zoo\.txt$/m, '');
}

/** The requirements without comments: rewording one needs no new base. */
function pinned(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).join('\n');
}
