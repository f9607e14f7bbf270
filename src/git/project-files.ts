/** The files of a commit that say how it is deployed, from a mirror. */
import { isFullSha } from '../config/ref';
import {
  type CommitFiles,
  type FileEntry,
  isWithin,
  parentOf,
  upwards,
} from '../deployment/project/commit-files';
import { gitVersion } from '../deployment/project/git-version';
import { POINTER_BYTES } from '../deployment/project/left-out';
import { includesOf, mayBeRequirements } from '../deployment/project/requirement-files';
import { git, gitBytes } from './git';

/** One file that is read, and the beginnings of all of them together. */
const MOST_BYTES = 1 << 20;
const MOST_TOGETHER = 16 << 20;
/** Source files, the ones nearest to the root first. */
const MOST_SOURCES = 300;
const MOST_SOURCE_BYTES = 256 << 10;
const MOST_PROJECTS = 200;
/** Objects of one call, so that its answer stays small. */
const AT_ONCE = 5_000;
/** `-r` of a file that `-r` names, and so on. */
const MOST_ROUNDS = 5;

interface Listed extends FileEntry {
  object: string;
}

/**
 * Reads the list of all files, and the contents of those that the facts are made of. Two or three calls of git.
 * @param path the service's folder; null: the root of the repository
 * @param requirements files that landfall.yaml names, relative to that folder
 * @param isWanted of further files, whether they are read too
 */
export async function projectFiles(
  mirror: string,
  commit: string,
  path: string | null,
  requirements: string[],
  isWanted: (path: string) => boolean = () => false,
): Promise<CommitFiles> {
  if (!isFullSha(commit)) throw new Error('the files of a full commit are read');
  const folder = path ?? '';
  const listed = await filesOf(mirror, commit);
  const byPath = new Map(listed.map((entry) => [entry.path, entry]));
  const named = requirements.map((file) => (folder === '' ? file : `${folder}/${file}`));
  const contents = new Map<string, Uint8Array>();
  const further = listed.filter(
    ({ path: each, kind, bytes }) => kind === 'file' && bytes <= MOST_SOURCE_BYTES && isWanted(each),
  );
  let wanted = [
    ...new Set([
      ...named.flatMap((file) => byPath.get(file) ?? []),
      ...telling(listed, folder),
      ...further.slice(0, MOST_SOURCES),
    ]),
  ];
  for (let round = 0; round < MOST_ROUNDS && wanted.length > 0; round += 1) {
    const read = await contentsOf(mirror, wanted);
    for (const [each, content] of read) contents.set(each, content);
    const included = [...read].flatMap(([each, content]) =>
      named.includes(each) || mayBeRequirements(each) || round > 0 ? includesOf(each, content) : [],
    );
    wanted = [...new Set(included)]
      .filter((each) => !contents.has(each))
      .flatMap((each) => byPath.get(each) ?? []);
  }
  const entries = listed.map(({ object: _, ...entry }) => entry);
  const version = await versionOf(mirror, commit);
  return { folder, entries, contents, ...(version === null ? {} : { version }) };
}

/** By the nearest tag with a number in it; null: there is none. */
async function versionOf(mirror: string, commit: string): Promise<string | null> {
  const args = ['--tags', '--long', '--match', '*[0-9]*', commit];
  // A repository without tags is the usual case, and Git fails for it.
  return gitVersion(await git(['describe', ...args], { repository: mirror }).catch(() => ''));
}

/** Of the whole repository, with sizes. A link counts like a file, and its content is its target. */
async function filesOf(mirror: string, commit: string): Promise<Listed[]> {
  const how = ['-r', '-l', '-z', '--full-tree', '--end-of-options', commit];
  const listed = await git(['ls-tree', ...how], { repository: mirror });
  return listed.split('\0').flatMap((line) => {
    const [, mode, object, bytes, path] = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(-|\d+)\t(.*)$/s.exec(line) ?? [];
    if (mode === undefined || object === undefined || path === undefined) return [];
    return [{ path, kind: kindOf(mode), bytes: bytes === '-' ? 0 : Number(bytes), object }];
  });
}

function kindOf(mode: string): FileEntry['kind'] {
  if (mode === '160000') return 'submodule';
  return mode === '120000' ? 'link' : 'file';
}

/** The files that say something, by their name or by their size. */
function telling(listed: Listed[], folder: string): Listed[] {
  const above = new Set(upwards(folder));
  const files = listed.filter(({ kind, bytes }) => kind === 'file' && bytes <= MOST_BYTES);
  const named = files.filter(({ path }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (/^(?:\.python-version|\.gitmodules|pylock\.(?:[\w-]+\.)?toml)$/.test(name))
      return above.has(parentOf(path));
    return (name === '.env' && parentOf(path) === folder) || mayBeRequirements(path);
  });
  const projects = nearest(
    files.filter(({ path }) => /(?:^|\/)pyproject\.toml$/.test(path)),
    folder,
  );
  const sources = nearest(
    files.filter(
      ({ path, bytes }) => path.endsWith('.py') && bytes <= MOST_SOURCE_BYTES && isWithin(path, folder),
    ),
    folder,
  );
  const links = listed.filter(({ kind }) => kind === 'link');
  const { least, most } = POINTER_BYTES;
  const pointers = files.filter(({ bytes }) => bytes >= least && bytes <= most);
  const first = [...projects.slice(0, MOST_PROJECTS), ...named, ...links, ...sources.slice(0, MOST_SOURCES)];
  let left = MOST_TOGETHER;
  const fits = ({ bytes }: Listed) => {
    left -= bytes;
    return left >= 0;
  };
  return [...first.filter(fits), ...pointers];
}

/** Those of the service's folder and of the folders above it first, then the others by their depth. */
function nearest(files: Listed[], folder: string): Listed[] {
  const depth = ({ path }: Listed) =>
    path.split('/').length + (isWithin(path, folder) || isWithin(folder, parentOf(path)) ? 0 : 1_000);
  return files
    .map((file) => ({ file, depth: depth(file) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ file }) => file);
}

async function contentsOf(mirror: string, files: Listed[]): Promise<Map<string, Uint8Array>> {
  const byObject = new Map<string, Uint8Array>();
  const objects = [...new Set(files.map(({ object }) => object))];
  for (let at = 0; at < objects.length; at += AT_ONCE) {
    const input = `${objects.slice(at, at + AT_ONCE).join('\n')}\n`;
    addAnswers(await gitBytes(['cat-file', '--batch'], { repository: mirror, input }), byObject);
  }
  return new Map(
    files.flatMap(({ path, object }) => {
      const content = byObject.get(object);
      return content === undefined ? [] : [[path, content] as const];
    }),
  );
}

/** `<object> blob <bytes>`, a line end, the content, a line end; again for each. */
function addAnswers(output: Buffer, contents: Map<string, Uint8Array>): void {
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    if (end < 0) return;
    const [object = '', type, bytes] = output.toString('latin1', at, end).split(' ');
    at = end + 1;
    if (type !== 'blob') continue;
    const size = Number(bytes);
    contents.set(object, output.subarray(at, at + size));
    at += size + 1;
  }
}
