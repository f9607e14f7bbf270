/** The interpreter that a project asks for. Pure. */
import { joined, upwards } from './commit-files';
import type { ProjectFacts } from './facts';
import type { Project } from './project';

/** `3.12`, `3.12.4`, `cpython-3.12`; a name of an environment of pyenv is none. */
const VERSION = /^(?:cpython[-@]|python)?(3\.\d{1,2}(?:\.\d{1,3})?)$/i;

/** `.python-version` of the service's folder or of one above it, and `requires-python` of the nearest `pyproject.toml`. */
export function findInterpreter(project: Project): ProjectFacts['interpreter'] {
  const places = upwards(project.folder);
  const file = places.map((place) => joined(place, '.python-version')).find((path) => project.has(path));
  const lines = file === undefined ? [] : (project.text(file) ?? '').split('\n').map((line) => line.trim());
  const wanted =
    lines.map((line) => VERSION.exec(line)?.[1]).find((version) => version !== undefined) ?? null;
  const place = places.find((each) => project.pyproject(each)?.requires != null);
  const requires = place === undefined ? null : (project.pyproject(place)?.requires ?? null);
  const from =
    wanted !== null ? (file ?? null) : place === undefined ? null : joined(place, 'pyproject.toml');
  return { wanted, requires: requires?.slice(0, 100) ?? null, from };
}
