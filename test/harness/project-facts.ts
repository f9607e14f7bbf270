import type { ProjectFacts } from '../../src/deployment/project/facts';

/** The facts of a small project with a `requirements.txt`; tests change what they are about. */
export function projectFacts(changes: Partial<ProjectFacts> = {}): ProjectFacts {
  return {
    ships: { what: 'folder', why: null },
    packaging: { tool: 'requirements', files: ['requirements.txt'], encoding: 'utf-8', local: false },
    interpreter: { wanted: null, requires: null, from: null },
    apps: [],
    entrypoint: null,
    gunicornConf: null,
    pythonPath: [],
    publicFolders: [],
    bytes: 0,
    hints: [],
    refusals: [],
    notices: [],
    ...changes,
  };
}
