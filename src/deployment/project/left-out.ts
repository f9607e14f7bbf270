/** The parts of a commit that an archive of it would not bring to a host as they are meant. Pure. */
import type { Packaging } from '../../config/resolved';
import { fromFolder, insideRepository, isWithin, joined, parentOf, shownPath, someOf } from './commit-files';
import { type Findings, nothingFound, type Project } from './project';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
/** Bytes of a pointer, which the specification keeps below 1024. */
export const POINTER_BYTES = { least: 100, most: 400 };

/**
 * Links, Git LFS pointers and submodules.
 * @param ships the folder whose files are the release
 */
export function findLeftOut(project: Project, ships: string): Findings {
  const found = nothingFound();
  const inside = project.entries.filter(({ path }) => isWithin(path, ships));
  const submodules = inside.filter(({ kind }) => kind === 'submodule').map(({ path }) => path);
  if (submodules.length > 0)
    found.refusals.push({
      message:
        submodules.length === 1
          ? `${shownPath(submodules[0] ?? '')} is a submodule, which would be an empty folder.`
          : `${someOf(submodules)} are submodules, which would be empty folders.`,
      advice:
        'Commit the files themselves (git subtree add does), or take them from a package: Landfall does not fetch submodules.',
    });
  const pointers = inside.filter(({ kind, path }) => kind === 'file' && isPointer(project, path));
  if (pointers.length > 0)
    found.refusals.push({
      message: `The commit holds Git LFS pointers instead of files: ${someOf(pointers.map(({ path }) => path))}.`,
      advice: 'Commit the files themselves (git lfs migrate export does): Landfall does not fetch LFS files.',
    });
  for (const { path, kind } of inside) if (kind === 'link') checkLink(project, path, found);
  return found;
}

function isPointer(project: Project, path: string): boolean {
  const content = project.contents.get(path);
  return (
    content !== undefined &&
    content.length <= POINTER_BYTES.most &&
    new TextDecoder().decode(content.slice(0, LFS_POINTER.length)) === LFS_POINTER
  );
}

function checkLink(project: Project, path: string, found: Findings): void {
  const target = project.text(path);
  if (target === null) return;
  const end = insideRepository(parentOf(path), target);
  if (end === null)
    found.refusals.push({
      message: `The link ${shownPath(path)} leads out of the repository (to ${shownPath(target)}).`,
      advice: 'Replace the link by the file, or name the path in `shared:` of landfall.yaml.',
    });
  else if (!isWithin(end, project.folder) && isWithin(path, project.folder))
    found.outside.push({ path: end, why: `the link ${shownPath(fromFolder(project.folder, path))}` });
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
