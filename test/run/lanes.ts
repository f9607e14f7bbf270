import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { packageRoot } from '../../src/package-root';
import type { Need } from './needs';

/** Tests that need the same things. */
export interface Lane {
  /** Below `test/`. */
  folders: readonly string[];
  needs: readonly Need[];
  /** Whether its files share a process; otherwise each has its own. */
  together: boolean;
}

/** The longest first: what starts late must not be what everybody waits for. */
export const LANES = {
  faults: { folders: ['faults'], needs: ['temporal', 'hosts'], together: false },
  e2e: { folders: ['e2e', 'zoo'], needs: ['temporal', 'hosts'], together: false },
  host: { folders: ['host', 'security'], needs: ['hosts'], together: false },
  gate: { folders: ['gate'], needs: ['stacks'], together: false },
  workflow: { folders: ['workflow'], needs: ['temporal', 'actionlint'], together: false },
  unit: { folders: ['unit'], needs: [], together: true },
  cluster: { folders: ['cluster'], needs: ['temporal', 'hosts', 'server'], together: false },
  docker: { folders: ['docker'], needs: ['temporal', 'hosts', 'docker'], together: false },
} as const satisfies Record<string, Lane>;

export type LaneName = keyof typeof LANES;

/** The lanes of `npm test`. The cluster and Docker are not among them: their deploys run there on the embedded engine. */
const NAMES = (Object.keys(LANES) as LaneName[]).filter((name) => name !== 'cluster' && name !== 'docker');

/** Whole deploys that run on a cluster too: a good one, bad ones, and all that clients and operators do. */
const ON_CLUSTER = [
  'clients',
  'good-deploys',
  'operators',
  'overlap',
  'rolled-back-releases',
  'several-hosts',
  'stop-first-overlap',
];

/** A compiled test file and its lane. */
export interface TestFile {
  path: string;
  /** Below `test/`, without `.test.js`: `unit/config/values`. */
  name: string;
  lane: LaneName;
}

/** Every test file, lane by lane. */
export function allFiles(): TestFile[] {
  return NAMES.flatMap(filesOf);
}

/** Those of one lane. */
export function filesOf(lane: LaneName): TestFile[] {
  const own = LANES[lane].folders.flatMap((folder) => filesIn(lane, folder));
  if (lane !== 'cluster') return own;
  return [...own, ...ON_CLUSTER.map((name): TestFile => ({ ...compiled(`e2e/${name}`), lane }))];
}

/**
 * The test files at or below a path of the source: `test/host/ssh`, `test/unit/config/values.test.ts`.
 * @throws Error when the path does not exist or holds no test
 */
export function filesAt(path: string): TestFile[] {
  const source = resolve(path);
  if (!existsSync(source))
    throw new Error(`${path} does not exist. Give a test file or a folder below test/.`);
  const wanted = relative(join(packageRoot(), 'test'), source).replace(/\.test\.ts$/, '');
  const isFolder = statSync(source).isDirectory();
  const found = allFiles().filter(({ name }) =>
    isFolder ? wanted === '' || name.startsWith(`${wanted}/`) : name === wanted,
  );
  if (found.length === 0) throw new Error(`${path} holds no test. Give a test file or a folder below test/.`);
  return found;
}

/** Of the source: the build still holds what was renamed since. */
function filesIn(lane: LaneName, folder: string): TestFile[] {
  const tests = join(packageRoot(), 'test', folder);
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => ({ ...compiled(`${folder}/${file.replace(/\.test\.ts$/, '')}`), lane }));
}

function compiled(name: string): Pick<TestFile, 'path' | 'name'> {
  return { path: join(packageRoot(), 'build', 'test', `${name}.test.js`), name };
}
