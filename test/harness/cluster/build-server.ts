/** Temporal's server and its schema tool for the tests of a cluster, built from a pinned module. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { withLock } from '../hosts/lock';
import { cacheDirectory } from '../hosts/paths';
import { runOrThrow } from '../hosts/run';

/** The version in `tools/temporal-server/go.mod`; a later one has a `replace` that Go refuses here. */
const VERSION = '1.29.1';
const MODULE = join('tools', 'temporal-server');

export interface ServerFiles {
  server: string;
  /** Creates and updates the tables. */
  schemaTool: string;
  /** `temporal/versioned` and `visibility/versioned` lie below it. */
  schemas: string;
}

/**
 * Builds them once, in three to five minutes on two processors, and keeps them in the cache. Safe to call from
 * several processes at once.
 * @throws Error that says what is missing, when there is no Go
 */
export async function ensureServer(progress: (line: string) => void): Promise<ServerFiles> {
  const folder = join(cacheDirectory, `temporal-server-${VERSION}`);
  const files = {
    server: join(folder, 'server'),
    schemaTool: join(folder, 'sql'),
    schemas: join(folder, 'schema'),
  };
  mkdirSync(cacheDirectory, { recursive: true });
  return withLock(join(cacheDirectory, 'temporal-server.lock'), async () => {
    if (!existsSync(folder)) await build(folder, progress);
    return files;
  });
}

async function build(folder: string, progress: (line: string) => void): Promise<void> {
  progress(`Building Temporal's server ${VERSION} with Go into ${folder}. It takes some minutes, once.`);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const module = join(packageRoot(), MODULE);
  const go = (...args: string[]) => runOrThrow('go', ['-C', module, ...args], { timeoutSeconds: 3600 });
  for (const [program, command] of [
    ['server', 'cmd/server'],
    ['sql', 'cmd/tools/sql'],
  ] as const)
    await go(
      ...['build', '-mod=readonly', '-ldflags=-s -w', '-o', join(partial, program)],
      `go.temporal.io/server/${command}`,
    );
  const source = await go('list', '-mod=readonly', '-m', '-f', '{{.Dir}}', 'go.temporal.io/server');
  cpSync(join(source.trim(), 'schema', 'postgresql', 'v12'), join(partial, 'schema'), { recursive: true });
  renameSync(partial, folder);
}
