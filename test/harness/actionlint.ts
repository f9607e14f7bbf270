/** The linter of GitHub's workflow files, built once and kept in the cache. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './hosts/lock';
import { cacheDirectory } from './hosts/paths';
import { run } from './hosts/run';

/** A version that is a module of the Go proxy. */
const VERSION = 'v1.7.12';

/**
 * The path of actionlint. Safe to call from several processes at once.
 * @throws Error that says what is missing, when actionlint is not in the cache and cannot be built
 */
export async function ensureActionlint(progress: (line: string) => void): Promise<string> {
  const root = join(cacheDirectory, 'actionlint');
  const target = join(root, VERSION);
  mkdirSync(root, { recursive: true });
  return withLock(join(root, 'lock'), async () => {
    if (!existsSync(target)) await build(root, target, progress);
    return target;
  });
}

async function build(root: string, target: string, progress: (line: string) => void): Promise<void> {
  const module = `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`;
  progress(`Building actionlint ${VERSION} with Go into ${root}. It takes some seconds, once.`);
  const env = { ...process.env, GOBIN: root, GOFLAGS: '-mod=mod', GOWORK: 'off' };
  const built = await run('go', ['install', module], { env, timeoutSeconds: 600 }).catch(() => null);
  if (built === null)
    throw new Error('actionlint is not here, and there is no Go to build it with. Install Go 1.25 or newer.');
  if (built.code !== 0)
    throw new Error(`actionlint could not be built with Go:\n${built.stderr.slice(-3000)}`);
  renameSync(join(root, 'actionlint'), target);
}
