/** The facts about a project, from the files of its commit. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import { type CommitFiles, isWithin } from './commit-files';
import type { ProjectFacts } from './facts';
import { findInterpreter } from './interpreter';
import { findLeftOut, shadowedEnv, sharedPackaging } from './left-out';
import { findPackaging } from './packaging';
import { Project } from './project';

/** The settings that decide what the files mean. */
export type ProjectSettings = Pick<ServiceSettings, 'requirements' | 'dependencies' | 'env' | 'shared'>;

/** Facts are part of a run's history, and a person reads a few of them. */
const MOST_REFUSALS = 10;
const MOST_NOTICES = 10;

/** Never throws, whatever the files hold. */
export function readFacts(files: CommitFiles, settings: ProjectSettings): ProjectFacts {
  const project = new Project(files);
  const { folder, entries } = project;
  const packaging = findPackaging(project, settings);
  const leftOut = findLeftOut(project, folder);
  return {
    ships: { what: 'folder', why: null },
    packaging: packaging.packaging,
    interpreter: findInterpreter(project),
    apps: [],
    gunicornConf: null,
    publicFolders: [],
    bytes: entries.filter(({ path }) => isWithin(path, folder)).reduce((sum, { bytes }) => sum + bytes, 0),
    hints: [],
    refusals: [
      ...packaging.refusals,
      ...sharedPackaging(packaging.packaging, settings.shared),
      ...leftOut.refusals,
    ].slice(0, MOST_REFUSALS),
    notices: [...packaging.notices, ...shadowedEnv(project, settings.env, settings.shared)].slice(
      0,
      MOST_NOTICES,
    ),
  };
}
