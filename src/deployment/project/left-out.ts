/** The parts of a commit that an archive of it would not bring to a host as they are meant. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import {
  type FileEntry,
  fromFolder,
  insideRepository,
  isWithin,
  joined,
  parentOf,
  shownPath,
  someOf,
} from './commit-files';
import { type Findings, nothingFound, type Project } from './project';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
/** Bytes of a pointer, which the specification keeps below 1024. */
export const POINTER_BYTES = { least: 100, most: 400 };

/** The service runs without the files below these paths, as landfall.yaml says. */
type Allowed = Pick<ServiceSettings, 'allowMissing'>;

/**
 * Git LFS pointers and submodules.
 * @param needed the service's folder, and what it needs outside of it: elsewhere nothing is missed
 */
export function findLeftOut(project: Project, needed: string[], { allowMissing }: Allowed): Findings {
  const found = nothingFound();
  const missing = ({ path }: FileEntry) =>
    needed.some((place) => isWithin(path, place) || isWithin(place, path)) &&
    !allowMissing.some((allowed) => isWithin(path, joined(project.folder, allowed)));
  const way = (example: string) =>
    ` If the service runs without them, write allowMissing: [${shownPath(fromFolder(project.folder, example))}].`;
  const submodules = project.entries.filter((entry) => entry.kind === 'submodule' && missing(entry));
  const [submodule, ...others] = submodules.map(({ path }) => path);
  if (submodule !== undefined)
    found.refusals.push({
      message:
        others.length === 0
          ? `${shownPath(submodule)} is a submodule, which would be an empty folder.`
          : `${someOf([submodule, ...others])} are submodules, which would be empty folders.`,
      advice: `Commit the files themselves (git subtree add does): Landfall does not fetch submodules.${way(submodule)}`,
    });
  const pointers = project.entries.filter((entry) => isPointer(project, entry) && missing(entry));
  const [pointer] = pointers.map(({ path }) => path);
  if (pointer !== undefined)
    found.refusals.push({
      message: `The commit holds Git LFS pointers instead of files: ${someOf(pointers.map(({ path }) => path))}.`,
      advice: `Commit the files themselves (git lfs migrate export does): Landfall does not fetch LFS files.${way(pointer)}`,
    });
  return found;
}

function isPointer(project: Project, { kind, path }: FileEntry): boolean {
  if (kind !== 'file') return false;
  const content = project.contents.get(path);
  return (
    content !== undefined &&
    content.length <= POINTER_BYTES.most &&
    new TextDecoder().decode(content.slice(0, LFS_POINTER.length)) === LFS_POINTER
  );
}

/**
 * Links that lead out of the service's folder. A path of `shared` is replaced by another link.
 * @param shipped the folder whose files are the release
 */
export function findLinks(project: Project, shipped: string, shared: string[]): Findings {
  const found = nothingFound();
  const { folder } = project;
  for (const { path, kind } of project.entries) {
    if (kind !== 'link' || !isWithin(path, shipped) || shared.includes(fromFolder(folder, path))) continue;
    const target = project.text(path);
    if (target === null) continue;
    const end = insideRepository(parentOf(path), target);
    const shown = shownPath(fromFolder(folder, path));
    if (end === null)
      found.refusals.push({
        message: `The link ${shown} leads out of the repository (to ${shownPath(target)}).`,
        advice: `Replace the link by the file, or write shared: [${shown}].`,
      });
    else if (isWithin(path, folder) && !isWithin(end, folder))
      found.outside.push({ path: end, why: `the link ${shown} leads to ${shownPath(target)}` });
  }
  return found;
}

/** A `.env` of the commit is read by the app after the settings of its unit, which it does not override. */
export function shadowedEnv(project: Project, env: Record<string, string>, shared: string[]): string[] {
  if (shared.includes('.env')) return [];
  const text = project.text(joined(project.folder, '.env'));
  if (text === null) return [];
  const names = text
    .split('\n')
    .flatMap((line) => /^\s*(?:export\s+)?([A-Za-z_]\w{0,99})\s*=/.exec(line)?.[1] ?? []);
  const both = [...new Set(names)].filter((name) => name in env);
  const over = both.length === 0 ? '' : ` (${someOf(both, 5)})`;
  return [`.env is in the commit: env: and envFiles: override what it sets${over}`];
}

/** A link in their place would change what is installed after the release was made. */
export function sharedPackaging(packaging: Packaging | null, shared: string[]): Findings['refusals'] {
  const file = packaging?.files.find((each) => shared.some((one) => isWithin(each, one)));
  if (file === undefined) return [];
  const message = `${shownPath(file)} is also in shared; what is installed must belong to the release.`;
  return [{ message, advice: 'Remove it from `shared:` in landfall.yaml.' }];
}
