/** Commits without a lock file and without requirement files: what they have instead, and the way from there. Pure. */

import { fromFolder, joined, parentOf, shownPath } from './commit-files';
import {
  addLocalPaths,
  type Found,
  hasPackage,
  type PackagingSettings,
  unknownNames,
  unreadable,
} from './locked';
import { nothingFound, type Project } from './project';
import type { Pyproject } from './pyproject';

export function withoutPackaging(project: Project, settings: PackagingSettings): Found {
  const { folder } = project;
  const pyproject = project.pyproject(folder);
  const found: Found = { ...nothingFound(), packaging: null };
  if (pyproject?.problem != null) return { ...found, refusals: unreadable(project, folder) };
  if (pyproject !== null && (pyproject.listsDependencies || settings.dependencies.unlocked)) {
    if (settings.dependencies.unlocked) return unlocked(project, pyproject, settings);
    return refusal(
      found,
      'pyproject.toml lists dependencies, and no lock file pins them.',
      lockWay(pyproject),
    );
  }
  const way = otherWay(project);
  const where = folder === '' ? '' : ` in ${folder}`;
  return refusal(
    found,
    `The commit has no requirements.txt, uv.lock, pylock.toml, poetry.lock or pdm.lock${where}.`,
    way,
  );
}

function unlocked(project: Project, pyproject: Pyproject, { dependencies }: PackagingSettings): Found {
  const { folder } = project;
  const { groups, extras } = dependencies;
  const found: Found = { ...nothingFound(), packaging: null };
  found.refusals.push(...unknownNames(pyproject, dependencies));
  addLocalPaths(project, [folder], found);
  const [local] = pyproject.localPaths;
  // Code of the release must not lie in an environment that releases share.
  if (local !== undefined || pyproject.usesWorkspace)
    found.refusals.push({
      message: `pyproject.toml installs ${local === undefined ? 'a member of its workspace' : shownPath(local)} from the repository, and no lock file says how.`,
      advice: lockWay(pyproject).replace(/, or write .*/, '.'),
    });
  found.packaging = {
    tool: 'unlocked',
    files: ['pyproject.toml'],
    groups,
    extras,
    project: hasPackage(project, folder, pyproject),
  };
  return found;
}

function lockWay({ isPoetry }: Pyproject): string {
  const [command, file] = isPoetry ? ['poetry lock', 'poetry.lock'] : ['uv lock', 'uv.lock'];
  return `Run ${command} and commit ${file}, or write dependencies: { unlocked: true }.`;
}

/** The first that fits names the way. */
function otherWay(project: Project): string {
  const { folder } = project;
  const has = (name: string) => project.has(joined(folder, name));
  if (has('Pipfile.lock')) return 'Run: pipenv requirements > requirements.txt, and commit that file.';
  if (has('Pipfile'))
    return 'Run: pipenv lock, then pipenv requirements > requirements.txt, and commit that file.';
  if (['environment.yml', 'environment.yaml', 'conda-lock.yml'].some(has))
    return 'Landfall does not use conda: write requirements.txt with the packages that pip can install.';
  const named = project.entries.find(
    ({ path }) => parentOf(path) === folder && /\/?pylock\.[\w-]+\.toml$/.test(path),
  );
  if (named !== undefined) return `Write dependencies: { lock: ${fromFolder(folder, named.path)} }.`;
  if (has('requirements.in'))
    return 'Run: uv pip compile requirements.in -o requirements.txt, and commit requirements.txt.';
  const setup = ['setup.py', 'setup.cfg'].find(has);
  if (setup !== undefined)
    return `Run: uv pip compile ${setup} -o requirements.txt, and commit it with a line -e . in it.`;
  const below = projectsBelow(project);
  if (below.length === 1)
    return `Write path: ${joined(folder, below[0] ?? '')} in landfall.yaml, if the service is there.`;
  if (below.length > 1)
    return `Write path: in landfall.yaml with the folder of the service: ${below.slice(0, 5).map(shownPath).join(', ')}.`;
  const [other] = otherFiles(project);
  if (other !== undefined) return `Write requirements: [${other}] in landfall.yaml, if that is the file.`;
  return 'Commit one of them, or write requirements: [FILE] in landfall.yaml.';
}

/** Folders, at most two levels below, with a file that could be installed. */
function projectsBelow(project: Project): string[] {
  const { folder } = project;
  const found = project.entries
    .map(({ path }) => fromFolder(folder, path))
    .filter((path) => !path.startsWith('../'))
    .filter((path) =>
      /^(?:[^/]+\/){1,2}(?:requirements\.txt|uv\.lock|poetry\.lock|pdm\.lock|pylock\.toml)$/.test(path),
    )
    .map(parentOf)
    .filter((path) => !/(?:^|\/)(?:docs?|tests?|examples?)(?:\/|$)/.test(path));
  return [...new Set(found)].sort();
}

/** Requirement files under other names. */
function otherFiles(project: Project): string[] {
  return project.entries
    .map(({ path }) => fromFolder(project.folder, path))
    .filter((path) => /^(?:requirements\/)?[\w.-]*(?:req|deps|dependencies)[\w.-]*\.txt$/i.test(path))
    .filter((path) => !/dev|test|lint|doc/i.test(path))
    .sort();
}

function refusal(found: Found, message: string, advice: string): Found {
  return { ...found, refusals: [{ message, advice }] };
}
