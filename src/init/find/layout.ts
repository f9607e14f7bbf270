/** The place from which a project's modules are imported, and the files that say its packages. Pure. */

import type { DraftKey } from '../../deployment/draft/draft';
import { type CommitFiles, isWithin, joined } from '../../deployment/project/commit-files';
import type { ProjectFacts } from '../../deployment/project/facts';
import { TOOLS } from '../../deployment/project/locked';
import { Project } from '../../deployment/project/project';
import { type ProjectSettings, readFacts } from '../../deployment/project/read-facts';
import { USUAL_FILES } from '../../deployment/project/requirement-files';

/** A landfall.yaml that says nothing. */
const SILENT: ProjectSettings = {
  requirements: null,
  dependencies: { lock: null, groups: [], extras: [], unlocked: false },
  wheels: null,
  env: {},
  shared: [],
  allowMissing: [],
  pythonPath: [],
};

export interface Layout {
  facts: ProjectFacts;
  /** Of landfall.yaml, where the files alone do not decide. */
  keys: DraftKey[];
  /** Folder below the service's in which modules begin; empty: itself. */
  sourceRoot: string;
}

/** The facts as the deploy will read them with `keys` in landfall.yaml. */
export function layoutOf(files: CommitFiles): Layout {
  const project = new Project(files);
  const { facts, keys } = withPackaging(files, project);
  const installs =
    facts.packaging?.tool === 'requirements' ? facts.packaging.local : facts.packaging?.project;
  if (installs && project.hasAny(joined(files.folder, 'src'))) return { facts, keys, sourceRoot: 'src' };
  const sourceRoot = rootOf(project, facts.apps);
  if (sourceRoot === '') return { facts, keys, sourceRoot };
  const path = joined(files.folder, sourceRoot);
  const why = `Modules begin there: ${sourceRoot} has no __init__.py.`;
  return { facts, keys: [...keys, { path: ['pythonPath'], value: [path], why }], sourceRoot };
}

/** The folder with manage.py, or `src`, if it is not a package. */
function rootOf(project: Project, apps: string[]): string {
  const [top = ''] = (apps[0] ?? '').split(/[.:]/);
  if (top === '' || project.has(joined(project.folder, `${top}/__init__.py`))) return '';
  const hasManage = project.has(joined(project.folder, `${top}/manage.py`));
  const isDeeper = (apps[0] ?? '').split(':')[0]?.includes('.') ?? false;
  return isDeeper && (hasManage || top === 'src') && project.hasAny(joined(project.folder, top)) ? top : '';
}

function withPackaging(files: CommitFiles, project: Project): Pick<Layout, 'facts' | 'keys'> {
  const facts = readFacts(files, SILENT);
  if (facts.packaging !== null) return { facts, keys: [] };
  for (const { settings, key } of choices(project)) {
    const found = readFacts(files, { ...SILENT, ...settings });
    if (found.packaging !== null) return { facts: found, keys: [key] };
  }
  return { facts, keys: [] };
}

interface Choice {
  settings: Partial<ProjectSettings>;
  key: DraftKey;
}

/** The keys that decide where the deploy would refuse to choose; the likeliest first. */
function choices(project: Project): Choice[] {
  const { folder } = project;
  const here = (name: string) => project.has(joined(folder, name));
  const locks = TOOLS.map(({ lock }) => lock).filter(here);
  const named = [...USUAL_FILES.flat(), ...otherRequirements(project)].filter(here);
  const also = (all: string[]) =>
    `${all.slice(1).join(' and ')} ${all.length > 2 ? 'are' : 'is'} there too: keep the one that counts.`;
  const { dependencies } = SILENT;
  return [
    ...locks.slice(0, 1).map((lock) => ({
      settings: { dependencies: { ...dependencies, lock } },
      key: { path: ['dependencies', 'lock'], value: lock, why: locks.length > 1 ? also(locks) : null },
    })),
    ...named.slice(0, 1).map((file) => ({
      settings: { requirements: [file] },
      key: { path: ['requirements'], value: [file], why: named.length > 1 ? also(named) : null },
    })),
    {
      settings: { dependencies: { ...dependencies, unlocked: true } },
      key: {
        path: ['dependencies', 'unlocked'],
        value: true,
        why: 'No lock file pins the packages of pyproject.toml, so two deploys may differ. Better: run uv lock (or poetry lock), commit its file, and remove this key.',
      },
    },
  ];
}

function otherRequirements({ entries, folder }: Project): string[] {
  return entries
    .map(({ path }) => path)
    .filter((path) => isWithin(path, folder))
    .map((path) => (folder === '' ? path : path.slice(folder.length + 1)))
    .filter(
      (path) =>
        /^(?:requirements\/)?[\w.-]*req[\w.-]*\.txt$/i.test(path) && !/dev|test|lint|doc|local/i.test(path),
    )
    .sort();
}
