/** Temporal's executable for demos and tests, also where its official download is out of reach. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { cachedTemporal, findTemporal, temporalCliVersion } from '../../../src/temporal/find-executable';
import { withLock } from '../hosts/lock';
import { run } from '../hosts/run';

/**
 * The executable that findTemporal finds, or else one built with Go from the pinned module in
 * `tools/temporal-cli` and kept in the cache. Building takes 3 to 7 minutes on two processors, once.
 * Safe to call from several processes at once.
 */
export async function ensureTemporal(progress: (line: string) => void): Promise<string> {
  const found = await find(progress);
  if (found !== null) return found;
  const target = cachedTemporal(process.env);
  mkdirSync(dirname(target), { recursive: true });
  return withLock(join(dirname(target), 'lock'), async () => {
    if (!existsSync(target)) await build(target, progress);
    return target;
  });
}

async function find(progress: (line: string) => void): Promise<string | null> {
  // Quiet about the download: it is not what happens next.
  const found = await findTemporal({ env: process.env, progress: () => {} });
  if ('download' in found) return null;
  if (found.from !== 'cache') progress(`Temporal's executable: ${found.path}`);
  return found.path;
}

async function build(target: string, progress: (line: string) => void): Promise<void> {
  const go = await run('go', ['version']).catch(() => null);
  if (go === null || go.code !== 0) {
    throw new Error(
      `Temporal's executable is not here, and there is no Go to build it with. Install Go, or Temporal's command line ${temporalCliVersion} (https://docs.temporal.io/cli) on PATH.`,
    );
  }
  progress(
    `Building Temporal's command line ${temporalCliVersion} with Go into ${target}. It takes some minutes, once.`,
  );
  const partial = `${target}.${process.pid}`;
  const module = join(packageRoot(), 'tools/temporal-cli');
  const flags = ['-mod=readonly', '-ldflags=-s -w'];
  const built = await run(
    'go',
    ['-C', module, 'build', ...flags, '-o', partial, 'github.com/temporalio/cli/cmd/temporal'],
    {
      timeoutSeconds: 3600,
    },
  );
  if (built.code !== 0) {
    rmSync(partial, { force: true });
    throw new Error(`Temporal's command line could not be built:\n${built.stderr.slice(-3000)}`);
  }
  renameSync(partial, target);
  progress('Temporal is built.');
}
