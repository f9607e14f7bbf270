import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../package-root';
import { type Machine, nativeModule, placeNextToBundles } from './native-module';

/** One file of an installation of Landfall. */
export interface PackageFile {
  /** Its place in the new folder: `host/rehearse.py`. */
  path: string;
  /** Where it lies now. */
  from: string;
  mode: 0o644 | 0o755;
}

/** The script that a user starts in a folder with these files: `node <folder>/build/package/landfall.js`. */
export const COMMAND = join('build', 'package', 'landfall.js');

const BUNDLES = dirname(COMMAND);
const FOLDERS = [
  BUNDLES,
  join('host', 'landfall_adopt'),
  join('host', 'landfall_gate'),
  join('host', 'landfall_host'),
  join('host', 'tools'),
];
const FILES = [
  'package.json',
  'LICENSE',
  join('host', 'contract.json'),
  join('host', 'deploy.sh'),
  join('host', 'rehearse.py'),
];

/**
 * Every file that a folder needs to run client and worker with nothing but Node: no package of npm, no compiler, no
 * network. The newest build of a checkout gives the same files. `landfall dev` also needs Temporal's executable.
 * @param machine where the folder is to run; its processor decides about one file
 * @throws Error when the checkout is not built, or when the SDK has no native module for that machine
 */
export function packageContents(machine: Machine = process): PackageFile[] {
  const root = packageRoot();
  if (!existsSync(join(root, COMMAND))) throw new Error(`${COMMAND} is missing. Run: npm run build`);
  const paths = [...FILES, ...FOLDERS.flatMap((folder) => filesIn(root, folder))];
  return [
    ...paths.map((path) => ({ path, from: join(root, path), mode: modeOf(join(root, path)) })),
    {
      path: join(BUNDLES, placeNextToBundles(machine)),
      from: nativeModule(machine),
      mode: 0o644,
    },
  ];
}

/** As in every installation: the other bits of a checkout depend on the umask. */
function modeOf(file: string): 0o644 | 0o755 {
  return (statSync(file).mode & 0o100) === 0 ? 0o644 : 0o755;
}

function filesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .sort();
}
