/** The parts of a `pyproject.toml` that decide how a project is installed. Pure. */
import { parseToml } from '../../text/toml';

export interface Pyproject {
  /** Why the file could not be read; null: it was. */
  problem: string | null;
  /** Normalized; null: it names no project. */
  name: string | null;
  listsDependencies: boolean;
  /** Whether the project can be built and says that it is a package. */
  isPackage: boolean;
  requires: string | null;
  groups: string[];
  extras: string[];
  /** Paths of other projects of the repository, as written. */
  localPaths: string[];
  /** Whether another member of its uv workspace is a source. */
  usesWorkspace: boolean;
  /** Members of the uv workspace of which this is the root, as patterns; null: it is not one. */
  workspace: { members: string[]; exclude: string[] } | null;
  /** For poetry: whether it says itself where its packages are. */
  namesPackages: boolean;
  /** The app that `fastapi run` serves. */
  entrypoint: string | null;
  isPoetry: boolean;
}

type Table = Record<string, unknown>;

/** Never throws: a file that is not TOML says so in `problem`. */
export function readPyproject(text: string): Pyproject {
  let toml: Table = {};
  let problem: string | null = null;
  try {
    toml = parseToml(text);
  } catch (error) {
    problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
  const project = tableAt(toml, 'project');
  const tool = tableAt(toml, 'tool');
  const [uv, poetry, pdm] = [tableAt(tool, 'uv'), tableAt(tool, 'poetry'), tableAt(tool, 'pdm')];
  const workspace = 'workspace' in uv ? tableAt(uv, 'workspace') : null;
  const poetryGroups = Object.entries(tableAt(poetry, 'group'));
  const poetryTables = [
    tableAt(poetry, 'dependencies'),
    ...poetryGroups.map(([, group]) => tableAt(group, 'dependencies')),
  ];
  const sources = Object.values(tableAt(uv, 'sources')).flatMap((each) =>
    Array.isArray(each) ? each : [each],
  );
  const dependencies = textsAt(project, 'dependencies');
  const name = project.name ?? poetry.name;
  return {
    problem,
    name: typeof name === 'string' ? name : null,
    listsDependencies:
      dependencies.length > 0 ||
      dynamicHas(project, 'dependencies') ||
      Object.keys(tableAt(poetry, 'dependencies')).some((each) => each !== 'python'),
    isPackage: isPackage(toml, { uv, poetry, pdm }),
    requires: textAt(project, 'requires-python') ?? poetryPython(poetry),
    groups: [
      ...Object.keys(tableAt(toml, 'dependency-groups')),
      ...poetryGroups.map(([group]) => group),
      ...Object.keys(tableAt(pdm, 'dev-dependencies')),
      ...(Array.isArray(uv['dev-dependencies']) ? ['dev'] : []),
      ...('dev-dependencies' in poetry ? ['dev'] : []),
    ],
    extras: [
      ...Object.keys(tableAt(project, 'optional-dependencies')),
      ...Object.keys(tableAt(poetry, 'extras')),
    ],
    localPaths: [
      ...sources.flatMap((source) => textAt(source, 'path') ?? []),
      ...poetryTables.flatMap((table) => Object.values(table).flatMap((each) => textAt(each, 'path') ?? [])),
      ...dependencies.flatMap(
        (each) => /@\s*file:(?:\/\/)?(?:\/?\$\{PROJECT_ROOT\}\/)?([^;\s]+)/.exec(each)?.[1] ?? [],
      ),
    ],
    usesWorkspace: sources.some((source) => isTable(source) && source.workspace === true),
    workspace: workspace && {
      members: textsAt(workspace, 'members'),
      exclude: textsAt(workspace, 'exclude'),
    },
    namesPackages: 'packages' in poetry,
    entrypoint: textAt(tableAt(tool, 'fastapi'), 'entrypoint'),
    isPoetry: 'poetry' in tool,
  };
}

function isPackage(toml: Table, { uv, poetry, pdm }: { uv: Table; poetry: Table; pdm: Table }): boolean {
  if (uv.package === false || poetry['package-mode'] === false || pdm.distribution === false) return false;
  return 'build-system' in toml || uv.package === true;
}

/** Poetry's own form, such as `^3.11`; only what compares like `requires-python` is taken. */
function poetryPython(poetry: Table): string | null {
  const written = textAt(tableAt(poetry, 'dependencies'), 'python');
  const caret = /^\^(\d+)\.(\d+)(?:\.\d+)?$/.exec(written ?? '');
  if (caret !== null) return `>=${caret[1]}.${caret[2]},<${Number(caret[1]) + 1}`;
  const tilde = /^~(\d+)\.(\d+)(?:\.\d+)?$/.exec(written ?? '');
  if (tilde !== null) return `>=${tilde[1]}.${tilde[2]},<${tilde[1]}.${Number(tilde[2]) + 1}`;
  return /^[\d\s.,<>=!*]+$/.test(written ?? '') ? written : null;
}

function dynamicHas(project: Table, name: string): boolean {
  return textsAt(project, 'dynamic').includes(name);
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tableAt(value: unknown, name: string): Table {
  const found = isTable(value) ? value[name] : undefined;
  return isTable(found) ? found : {};
}

function textAt(value: unknown, name: string): string | null {
  const found = isTable(value) ? value[name] : undefined;
  return typeof found === 'string' ? found : null;
}

function textsAt(value: unknown, name: string): string[] {
  const found = isTable(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : [];
}
