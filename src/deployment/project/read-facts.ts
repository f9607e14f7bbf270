/** The facts about a project, from the files of its commit. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { ProjectFacts } from './facts';

/** The settings that decide what the files mean. */
export type ProjectSettings = Pick<ServiceSettings, 'requirements'>;

export function readFacts({ requirements }: ProjectSettings): ProjectFacts {
  return {
    ships: { what: 'folder', why: null },
    packaging: { tool: 'requirements', files: requirements, encoding: 'utf-8', local: false },
    interpreter: { wanted: null, requires: null, from: null },
    apps: [],
    gunicornConf: null,
    publicFolders: [],
    bytes: 0,
    hints: [],
    refusals: [],
    notices: [],
  };
}
