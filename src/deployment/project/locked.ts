/** The packages of a project with a lock file. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import { fromFolder, insideRepository, isWithin, joined, parentOf, shownPath } from './commit-files';
import { matchesPattern } from './folder-pattern';
import { type Findings, nothingFound, type Project } from './project';
import type { Pyproject } from './pyproject';

/** The settings that name dependencies. */
export type PackagingSettings = Pick<ServiceSettings, 'requirements' | 'dependencies'>;

export const TOOLS = [
  { lock: 'uv.lock', tool: 'uv' },
  { lock: 'poetry.lock', tool: 'poetry' },
  { lock: 'pdm.lock', tool: 'pdm' },
  { lock: 'pylock.toml', tool: 'pylock' },
] as const;
export type Tool = (typeof TOOLS)[number]['tool'];

/** `packaging` is null exactly when a refusal says why. */
export interface Found extends Findings {
  packaging: Packaging | null;
}

/** Of all `pyproject.toml` files that a lock file was made from. */
const MOST_FILES = 200;
/** A name that a host is asked with; others lock nothing that the lock file does not name. */
const PLAIN = /^[A-Za-z0-9._@+/-]{1,300}$/;

/** @param lock from the root of the repository */
export function lockedPackaging(
  project: Project,
  { dependencies }: PackagingSettings,
  lock: string,
  tool: Tool,
): Found {
  const { folder } = project;
  const place = parentOf(lock);
  const own = project.pyproject(folder) === null ? place : folder;
  const found: Found = { ...nothingFound(), packaging: null };
  const pyproject = project.pyproject(own);
  if (pyproject === null && tool !== 'pylock') {
    const message = `The commit has ${shownPath(fromFolder(folder, lock))}, but no pyproject.toml that belongs to it.`;
    found.refusals.push({ message, advice: 'Commit pyproject.toml, from which the lock file was made.' });
    return found;
  }
  const places = [...new Set([place, own, ...membersOf(project, place)])].filter(
    (each) => project.pyproject(each) !== null,
  );
  for (const each of places) found.refusals.push(...unreadable(project, each));
  if (pyproject !== null) found.refusals.push(...unknownNames(pyproject, dependencies));
  if (!isWithin(lock, folder))
    found.outside.push({ path: lock, why: `${shownPath(lock)} is outside of ${folder}` });
  addLocalPaths(project, places, found);
  if (tool === 'pylock') found.refusals.push(...installsCode(project, lock));
  const files = [lock, ...places.map((each) => joined(each, 'pyproject.toml'))];
  found.packaging = {
    tool,
    lock: fromFolder(folder, lock),
    files: files
      .map((path) => fromFolder(folder, path))
      .filter((path) => PLAIN.test(path))
      .slice(0, MOST_FILES),
    groups: dependencies.groups,
    extras: dependencies.extras,
    project: pyproject !== null && hasPackage(project, own, pyproject),
  };
  return found;
}

/** A pylock.toml may name the project as a folder. It would lie in an environment that releases share. */
function installsCode(project: Project, lock: string): Findings['refusals'] {
  if (!/^\s*(?:\[packages\.directory\]|directory\s*=)/m.test(project.text(lock) ?? '')) return [];
  const message = `${shownPath(lock)} installs a folder of the repository.`;
  return [
    { message, advice: 'Lock without it, such as with: uv export --no-emit-local --format pylock.toml.' },
  ];
}

/** The folders of the members of a uv workspace. */
function membersOf(project: Project, root: string): string[] {
  const workspace = project.pyproject(root)?.workspace ?? null;
  if (workspace === null) return [];
  const fits = (patterns: string[], name: string) =>
    patterns.some((pattern) => matchesPattern(pattern, name));
  return project.entries
    .filter(({ path }) => path.endsWith('/pyproject.toml') && isWithin(path, root))
    .map(({ path }) => parentOf(path))
    .filter((path) => path !== root)
    .filter((path) => {
      const name = fromFolder(root, path);
      return fits(workspace.members, name) && !fits(workspace.exclude, name);
    });
}

export function unreadable(project: Project, place: string): Findings['refusals'] {
  const problem = project.pyproject(place)?.problem ?? null;
  if (problem === null) return [];
  const path = shownPath(joined(place, 'pyproject.toml'));
  return [{ message: `${path} is not TOML: ${shownPath(problem)}.`, advice: `Correct ${path}.` }];
}

export function unknownNames(
  { groups, extras }: Pyproject,
  wanted: PackagingSettings['dependencies'],
): Findings['refusals'] {
  const check = (kind: 'group' | 'extra', asked: string[], has: string[]) =>
    asked
      .filter((name) => !has.some((each) => normalized(each) === normalized(name)))
      .map((name) => ({
        message: `pyproject.toml has no ${kind} ${name}.`,
        advice: `Correct dependencies.${kind}s: ${has.length === 0 ? `it has no ${kind}s` : `it has ${has.slice(0, 10).map(shownPath).join(', ')}`}.`,
      }));
  return [...check('group', wanted.groups, groups), ...check('extra', wanted.extras, extras)];
}

function normalized(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Follows the paths of other projects, which may name further ones. */
export function addLocalPaths(project: Project, places: string[], found: Findings): void {
  const queue = [...places];
  const seen = new Set(queue);
  for (const place of queue.slice(0, MOST_FILES))
    addPathsOf(project, place, found, (path) => {
      if (seen.has(path) || project.pyproject(path) === null) return;
      seen.add(path);
      queue.push(path);
    });
}

function addPathsOf(project: Project, place: string, found: Findings, follow: (path: string) => void): void {
  const file = shownPath(joined(place, 'pyproject.toml'));
  for (const written of project.pyproject(place)?.localPaths ?? []) {
    const path = insideRepository(place, written);
    if (path === null || !project.hasAny(path)) {
      const message = `${file} names ${shownPath(written)}, which the commit does not have.`;
      found.refusals.push({
        message,
        advice: 'Name a folder of the repository, a package of the index, or a URL.',
      });
      continue;
    }
    if (!isWithin(path, project.folder))
      found.outside.push({ path, why: `${file} names ${shownPath(written)}` });
    follow(path);
  }
}

/** Whether the commit has code to install into the environment, itself or another project of the repository. */
export function hasPackage(project: Project, place: string, pyproject: Pyproject): boolean {
  if (pyproject.localPaths.length > 0 || pyproject.usesWorkspace) return true;
  return (
    pyproject.isPackage &&
    (!pyproject.isPoetry || pyproject.namesPackages || hasModule(project, place, pyproject))
  );
}

/** Poetry installs nothing for a project without a package of its name, although it has a build system. */
function hasModule(project: Project, place: string, { name }: Pyproject): boolean {
  const module = (name ?? '').replace(/[-.]+/g, '_');
  return ['', 'src'].some(
    (folder) =>
      project.has(joined(joined(place, folder), `${module}.py`)) ||
      project.has(joined(joined(place, folder), `${module}/__init__.py`)),
  );
}
