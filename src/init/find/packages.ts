/** The packages that a project asks for. Pure. */
import type { Packaging } from '../../config/resolved';
import { normalizedName } from '../../deployment/dependencies';
import { joined } from '../../deployment/project/commit-files';
import type { Project } from '../../deployment/project/project';
import { decoded, includesOf } from '../../deployment/project/requirement-files';
import { parseToml } from '../../text/toml';

const NAME = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?/;
const MOST_FILES = 50;

/** Their normalized names, as the files list them. Packages that these bring along are left out. */
export function declaredPackages(project: Project, packaging: Packaging | null): Set<string> {
  const lines =
    packaging?.tool === 'requirements'
      ? requirementLines(project, packaging.files)
      : pyprojectLines(project.text(joined(project.folder, 'pyproject.toml')) ?? '');
  const found = new Set<string>();
  for (const line of lines) {
    const [, name, extras = ''] = NAME.exec(line) ?? [];
    if (name === undefined) continue;
    found.add(normalizedName(name));
    // FastAPI with these extras brings uvicorn along.
    if (normalizedName(name) === 'fastapi' && /standard|all/.test(extras)) found.add('uvicorn');
  }
  return found;
}

function requirementLines(project: Project, files: string[]): string[] {
  const wanted = files.map((file) => joined(project.folder, file));
  const lines: string[] = [];
  for (const [at, file] of wanted.entries()) {
    const content = project.contents.get(file);
    if (content === undefined || at > MOST_FILES) continue;
    lines.push(
      ...decoded(content)
        .text.split('\n')
        .filter((line) => /^\s*[A-Za-z0-9]/.test(line)),
    );
    for (const included of includesOf(file, content)) if (!wanted.includes(included)) wanted.push(included);
  }
  return lines;
}

/** Of the standard table, of Poetry's, and of the groups that are installed by no flag. */
function pyprojectLines(text: string): string[] {
  let toml: unknown;
  try {
    toml = parseToml(text);
  } catch {
    return [];
  }
  const list = (value: unknown) =>
    Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  return [
    ...list(at(toml, 'project', 'dependencies')),
    ...Object.keys(at(toml, 'tool', 'poetry', 'dependencies') ?? {}),
  ];
}

function at(value: unknown, ...path: string[]): object | null {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return typeof found === 'object' ? found : null;
}
