/** The files from which the packages of a commit are installed. Pure. */
import { fromFolder, isWithin, joined, shownPath, upwards } from './commit-files';
import { matchesPattern } from './folder-pattern';
import { type Found, lockedPackaging, type PackagingSettings, TOOLS, type Tool } from './locked';
import { withoutPackaging } from './no-packaging';
import { nothingFound, type Project } from './project';
import { readRequirements, USUAL_FILES } from './requirement-files';

/**
 * Files that landfall.yaml names count first. Then the service's folder is searched, then each folder above of which
 * the service is a part. In a folder, a lock file precedes requirement files, and these precede a `pyproject.toml`.
 */
export function findPackaging(project: Project, settings: PackagingSettings): Found {
  const { requirements, dependencies } = settings;
  const { folder } = project;
  if (requirements !== null)
    return fromRequirements(
      project,
      requirements.map((file) => joined(folder, file)),
    );
  if (dependencies.lock !== null) return writtenLock(project, settings, dependencies.lock);
  for (const place of upwards(folder)) {
    if (!isPartOf(project, place)) continue;
    const found = inPlace(project, settings, place);
    if (found !== null) return found;
  }
  return withoutPackaging(project, settings);
}

/** A service below the folder of a project belongs to it, unless it is a project of its own that no workspace has. */
function isPartOf(project: Project, place: string): boolean {
  const { folder } = project;
  if (place === folder) return true;
  const between = upwards(folder).filter((each) => each !== place && isWithin(each, place));
  if (!between.some((each) => project.isProject(each))) return true;
  const { members, exclude } = project.pyproject(place)?.workspace ?? { members: [], exclude: [] };
  const name = fromFolder(place, folder);
  const isIn = (patterns: string[]) => patterns.some((pattern) => matchesPattern(pattern, name));
  return isIn(members) && !isIn(exclude);
}

function inPlace(project: Project, settings: PackagingSettings, place: string): Found | null {
  const locks = TOOLS.filter(({ lock }) => project.has(joined(place, lock)));
  const [first, second] = locks;
  if (first !== undefined && second !== undefined) return severalLocks(locks);
  const usual = usualFiles(project, place);
  if (first !== undefined) {
    const found = lockedPackaging(project, settings, joined(place, first.lock), first.tool);
    const [unread] = usual;
    if (unread !== undefined) found.notices.push(notRead(project, first.lock, unread));
    return found;
  }
  if (usual.length > 1) return severalFiles(project, usual);
  return usual.length === 1 ? fromRequirements(project, usual) : null;
}

/** The requirement files of the first group of names of which the folder has one. */
function usualFiles(project: Project, place: string): string[] {
  const groups = USUAL_FILES.map((names) =>
    names.map((name) => joined(place, name)).filter((path) => project.has(path)),
  );
  return groups.find((files) => files.length > 0) ?? [];
}

function notRead({ folder }: Project, lock: string, file: string): string {
  const path = fromFolder(folder, file);
  const way = path.startsWith('../') ? '' : ` (write requirements: [${path}] to use it)`;
  return `${lock} is installed; ${path} is not read${way}`;
}

function writtenLock(project: Project, settings: PackagingSettings, lock: string): Found {
  const path = upwards(project.folder)
    .map((place) => joined(place, lock))
    .find((each) => project.has(each));
  const name = lock.slice(lock.lastIndexOf('/') + 1);
  const tool: Tool = TOOLS.find((each) => each.lock === name)?.tool ?? 'pylock';
  if (path !== undefined) return lockedPackaging(project, settings, path, tool);
  return refused(
    `The commit has no ${lock}${inWords(project)}, which dependencies.lock names.`,
    'Commit that file, or correct `dependencies: { lock: … }` in landfall.yaml.',
  );
}

/** @param files from the root of the repository */
function fromRequirements(project: Project, files: string[]): Found {
  const { folder } = project;
  const read = readRequirements(files, folder, (path) => project.has(path), project.contents);
  const shown = (path: string) => shownPath(fromFolder(folder, path));
  const found: Found = { ...nothingFound(), packaging: null };
  for (const { file, from } of read.missing)
    found.refusals.push(
      from === null
        ? {
            message: `The commit has no requirement file ${shown(file)}${inWords(project)}.`,
            advice: 'Commit that file, or correct `requirements:` in landfall.yaml.',
          }
        : {
            message: `The commit has no ${shownPath(file)}, which ${shown(from)} names.`,
            advice: 'Commit that file, or remove the line that names it.',
          },
    );
  for (const { file, line, path } of read.local) {
    if (path === null || !project.hasAny(path))
      found.refusals.push({
        message: `${shown(file)} installs from a path that the commit does not have: ${shownPath(line)}.`,
        advice: 'Name a folder or a file of the repository, a package of the index, or a URL.',
      });
    else if (!isWithin(path, folder))
      found.outside.push({ path, why: `${shown(file)} names ${shownPath(line)}` });
  }
  for (const path of [...files, ...read.included])
    if (!isWithin(path, folder))
      found.outside.push({ path, why: `${shownPath(path)} is outside of ${folder}` });
  found.packaging = {
    tool: 'requirements',
    files: files.map((path) => fromFolder(folder, path)),
    encoding: read.encoding,
    local: read.local.length > 0,
  };
  return found;
}

function severalLocks(locks: { lock: string }[]): Found {
  const names = locks.map(({ lock }) => lock);
  return refused(
    `The commit has ${names.join(' and ')}.`,
    `Name the one that counts: dependencies: { lock: ${names[0]} }.`,
  );
}

function severalFiles({ folder }: Project, files: string[]): Found {
  const names = files.map((path) => fromFolder(folder, path));
  return refused(
    `The commit has ${names.join(' and ')}, and no requirements.txt.`,
    `Name the one that counts: requirements: [${names[0]}].`,
  );
}

export function refused(message: string, advice: string): Found {
  return { ...nothingFound(), packaging: null, refusals: [{ message, advice }] };
}

function inWords({ folder }: Project): string {
  return folder === '' ? '' : ` in ${folder}`;
}
