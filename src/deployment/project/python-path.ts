/** The folders of `pythonPath:`: code of the repository next to the service. Pure. */
import { fromFolder, isWithin, joined } from './commit-files';
import type { Refusal } from './facts';
import type { Project } from './project';

interface ModuleFolders {
  /** As seen from the service's folder. */
  folders: string[];
  outside: { path: string; why: string }[];
  refusals: Refusal[];
}

/** @param wanted folders from the root of the repository */
export function findPythonPath(project: Project, wanted: string[]): ModuleFolders {
  const missing = wanted.filter((path) => !project.hasAny(path));
  return {
    folders: wanted.map((path) => fromFolder(project.folder, path)),
    outside: wanted
      .filter((path) => !isWithin(path, project.folder))
      .map((path) => ({ path, why: `pythonPath names ${path}` })),
    refusals: missing.map((path) => ({
      message: `pythonPath: the commit has no folder ${path}.`,
      advice: adviceFor(project, path),
    })),
  };
}

/** People may write it as seen from the service's folder. */
function adviceFor(project: Project, path: string): string {
  const whole = joined(project.folder, path);
  return project.hasAny(whole)
    ? `Write it from the root of the repository: pythonPath: [${whole}].`
    : 'Name a folder of the repository, from its root.';
}
