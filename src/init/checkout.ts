/** The checkout in which `landfall init` runs. Reads files and asks Git; runs nothing of the project. */
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type CommitFiles, type FileEntry, fromFolder, isWithin } from '../deployment/project/commit-files';
import { git, isNo } from '../git/git';
import { projectFiles } from '../git/project-files';
import { ExpectedError } from '../text/expected-error';

export interface Checkout {
  /** Absolute path of the repository. */
  root: string;
  /** Of HEAD, with the changes of the working tree. Its folder is the service's. */
  files: CommitFiles;
  /** Files of the service that HEAD does not have so, from its folder. A deploy takes commits alone. */
  uncommitted: string[];
  /** Address of the remote `origin`, as written; null: there is none. */
  remote: string | null;
  /** The remote's usual branch, else the current one; null: no commit yet. */
  branch: string | null;
}

/** Read in addition to what a deploy reads. */
const HINTS = /(?:^|\/)(?:Procfile|Dockerfile|alembic\.ini|[\w@.-]+\.service|\.gitlab-ci\.yml)$/;
const MOST_BYTES = 256 << 10;
const MOST_CHANGED = 2_000;

/**
 * @param folder in which landfall.yaml is to stand
 * @throws ExpectedError outside of a Git checkout
 */
export async function readCheckout(folder: string): Promise<Checkout> {
  const here = realFolder(folder);
  const ask = async (...args: string[]) => (await git(['-C', here, ...args])).trimEnd();
  const known = (...args: string[]) =>
    ask(...args).catch((error: unknown) => {
      if (isNo(error)) return null;
      throw error;
    });
  const [root, repository] = [
    await known('rev-parse', '--show-toplevel'),
    await known('rev-parse', '--absolute-git-dir'),
  ];
  if (root === null || root === '' || repository === null)
    throw new ExpectedError([
      `${folder} is not in a Git checkout.`,
      'Landfall deploys commits: run landfall init in a checkout of the service, or run git init and commit.',
    ]);
  const service = fromFolder('', here.slice(root.length)).replace(/^\.$/, '');
  const head = await known('rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  const committed: CommitFiles =
    head === null
      ? { folder: service, entries: [], contents: new Map() }
      : await projectFiles(repository, head, service === '' ? null : service, [], (path) => HINTS.test(path));
  const changed = await changedFiles((...args) => ask(...args), root);
  const files = withChanges(committed, root, changed);
  return {
    root,
    files,
    uncommitted: changed.filter((path) => isWithin(path, service)).map((path) => fromFolder(service, path)),
    remote: await known('config', '--get', 'remote.origin.url'),
    branch: await branchOf(known),
  };
}

async function branchOf(known: (...args: string[]) => Promise<string | null>): Promise<string | null> {
  const usual = await known('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD');
  return usual?.replace(/^origin\//, '') ?? (await known('symbolic-ref', '--quiet', '--short', 'HEAD'));
}

/** Changed, new and removed files; files that Git ignores are left out. */
async function changedFiles(ask: (...args: string[]) => Promise<string>, root: string): Promise<string[]> {
  const how = ['--porcelain=v1', '-z', '--untracked-files=all', '--ignore-submodules=all', '--no-renames'];
  const status = await ask('-C', root, 'status', ...how);
  return status
    .split('\0')
    .flatMap((each) => (each.length > 3 ? [each.slice(3)] : []))
    .slice(0, MOST_CHANGED);
}

function withChanges(
  { folder, entries, contents, ...rest }: CommitFiles,
  root: string,
  changed: string[],
): CommitFiles {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const read = new Map(contents);
  for (const path of changed) {
    byPath.delete(path);
    read.delete(path);
    const found = entryOf(root, path);
    if (found === null) continue;
    byPath.set(path, found.entry);
    if (found.content !== null) read.set(path, found.content);
  }
  return { ...rest, folder, entries: [...byPath.values()], contents: read };
}

/** null: the file is gone. A link's content is its target; a large or odd file has none. */
function entryOf(root: string, path: string): { entry: FileEntry; content: Uint8Array | null } | null {
  const file = join(root, path);
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isSymbolicLink())
    return { entry: { path, kind: 'link', bytes: 0 }, content: Buffer.from(readlinkSync(file)) };
  if (!stat.isFile()) return null;
  const content = stat.size <= MOST_BYTES ? readFileSync(file) : null;
  return { entry: { path, kind: 'file', bytes: stat.size }, content };
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    throw new ExpectedError(`There is no folder ${folder}. Name the folder of the service in its checkout.`);
  }
}
