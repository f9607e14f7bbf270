/** Temporal's server, the tool for its tables, and its UI, in the versions that docker-compose.yml names. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root';
import { withLock } from '../hosts/lock';
import { cacheDirectory } from '../hosts/paths';
import { runOrThrow } from '../hosts/run';

const MODULE = join(packageRoot(), 'tools', 'temporal-stack');
const SERVER = 'go.temporal.io/server';
const UI = 'github.com/temporalio/ui-server/v2';

const COMMANDS = {
  'temporal-server': `${SERVER}/cmd/server`,
  'temporal-sql-tool': `${SERVER}/cmd/tools/sql`,
  'ui-server': `${UI}/cmd/server`,
} as const;

export type StackPrograms = Record<keyof typeof COMMANDS | 'schema' | 'ui-config.yaml', string>;

/** The versions that `tools/temporal-stack/go.mod` requires, such as `1.31.0`. */
export function stackVersions(): { server: string; ui: string } {
  const text = readFileSync(join(MODULE, 'go.mod'), 'utf8');
  const version = (module: string) => {
    const found = text.match(new RegExp(`^\\t${module.replaceAll('.', '\\.')} v(\\S+)$`, 'm'))?.[1];
    if (found === undefined) throw new Error(`tools/temporal-stack/go.mod does not require ${module}.`);
    return found;
  };
  return { server: version(SERVER), ui: version(UI) };
}

/**
 * Builds them once with Go, in four minutes on two processors, and keeps them in the cache. Safe to call from
 * several processes at once.
 */
export async function ensureStackPrograms(say: (line: string) => void): Promise<StackPrograms> {
  const { server, ui } = stackVersions();
  const folder = join(cacheDirectory, `temporal-stack-${server}-${ui}`);
  mkdirSync(cacheDirectory, { recursive: true });
  return withLock(join(cacheDirectory, 'temporal-stack.lock'), async () => {
    if (!existsSync(folder)) {
      say(`Building Temporal's server ${server} and UI ${ui} with Go into ${folder}: some minutes, once.`);
      await build(folder);
    }
    const at = (name: string) => join(folder, name);
    return {
      'temporal-server': at('temporal-server'),
      'temporal-sql-tool': at('temporal-sql-tool'),
      'ui-server': at('ui-server'),
      'ui-config.yaml': at('ui-config.yaml'),
      schema: at('schema'),
    };
  });
}

async function build(folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const env = { ...process.env, CGO_ENABLED: '0' };
  const go = (...args: string[]) => runOrThrow('go', ['-C', MODULE, ...args], { env, timeoutSeconds: 3600 });
  for (const [program, command] of Object.entries(COMMANDS))
    await go('build', '-mod=readonly', '-ldflags=-s -w', '-o', join(partial, program), command);
  const source = async (module: string) =>
    (await go('list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module)).trim();
  const schema = join('schema', 'postgresql', 'v12');
  cpSync(join(await source(SERVER), schema), join(partial, schema), { recursive: true });
  copyFileSync(join(await source(UI), 'config', 'docker.yaml'), join(partial, 'ui-config.yaml'));
  chmodSync(join(partial, 'ui-config.yaml'), 0o644);
  renameSync(partial, folder);
}
