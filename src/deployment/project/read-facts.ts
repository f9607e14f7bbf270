/** The facts about a project, from the files of its commit. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Packaging } from '../../config/resolved';
import { type CommitFiles, isWithin, joined } from './commit-files';
import type { ProjectFacts, Refusal } from './facts';
import { findInterpreter } from './interpreter';
import { findLeftOut, findLinks, shadowedEnv, sharedPackaging } from './left-out';
import { findPackaging } from './packaging';
import { Project } from './project';
import { findPythonPath } from './python-path';
import { findApps, findHints, hintWords } from './source-files';

/** The settings that decide what the files mean. */
export type ProjectSettings = Pick<
  ServiceSettings,
  'requirements' | 'dependencies' | 'wheels' | 'env' | 'shared' | 'allowMissing' | 'pythonPath'
>;

/** Facts are part of a run's history, and a person reads a few of them. */
const MOST_REFUSALS = 10;
const MOST_NOTICES = 10;

/** Never throws, whatever the files hold. */
export function readFacts(files: CommitFiles, settings: ProjectSettings): ProjectFacts {
  const project = new Project(files);
  const { folder, entries } = project;
  const packaging = findPackaging(project, settings);
  const shared = settings.shared.map((path) => path.replace(/\/$/, ''));
  const modules = findPythonPath(project, settings.pythonPath);
  const outside =
    folder === ''
      ? []
      : [...packaging.outside, ...modules.outside, ...findLinks(project, folder, shared).outside];
  const [first] = outside;
  const ships: ProjectFacts['ships'] =
    first === undefined ? { what: 'folder', why: null } : { what: 'repository', why: first.why };
  const shipped = first === undefined ? folder : '';
  const needed = [folder, ...outside.map(({ path }) => path)];
  const leftOut = findLeftOut(project, needed, settings);
  const links = findLinks(project, shipped, shared);
  const hints = findHints(project);
  return {
    ships,
    packaging: withVersion(packaging.packaging, files.version),
    interpreter: findInterpreter(project),
    entrypoint: entrypointOf(project),
    apps: findApps(project, installsProject(packaging.packaging)),
    pythonPath: modules.folders,
    gunicornConf: project.has(joined(folder, GUNICORN_CONF)) ? GUNICORN_CONF : null,
    publicFolders: PUBLIC.filter((name) => project.hasAny(joined(folder, name))),
    bytes: entries.filter(({ path }) => isWithin(path, shipped)).reduce((sum, { bytes }) => sum + bytes, 0),
    hints,
    refusals: [
      ...packaging.refusals,
      ...modules.refusals,
      ...missingWheels(project, settings.wheels),
      ...sharedPackaging(packaging.packaging, shared),
      ...leftOut.refusals,
      ...links.refusals,
    ].slice(0, MOST_REFUSALS),
    notices: [...packaging.notices, ...shadowedEnv(project, settings.env, shared), ...hintWords(hints)].slice(
      0,
      MOST_NOTICES,
    ),
  };
}

function entrypointOf(project: Project): string | null {
  const written = project.pyproject(project.folder)?.entrypoint ?? '';
  return /^[A-Za-z_][\w.]{0,150}:[A-Za-z_]\w{0,60}$/.test(written) ? written : null;
}

function missingWheels(project: Project, wheels: string | null): Refusal[] {
  if (wheels === null || wheels.startsWith('/') || project.hasAny(joined(project.folder, wheels))) return [];
  return [
    {
      message: `The commit has no folder ${wheels}, which wheels: names.`,
      advice: 'Commit the wheels, or name a folder of the hosts by its absolute path.',
    },
  ];
}

/** The file that Gunicorn reads by itself. */
const GUNICORN_CONF = 'gunicorn.conf.py';
const PUBLIC = ['static', 'staticfiles', 'media', 'public'];

/** Only a project that is installed itself may need it. */
function withVersion(packaging: Packaging | null, version: string | undefined): Packaging | null {
  if (packaging === null || version === undefined || !installsProject(packaging)) return packaging;
  return { ...packaging, version };
}

function installsProject(packaging: Packaging | null): boolean {
  if (packaging === null) return false;
  return packaging.tool === 'requirements' ? packaging.local : packaging.project;
}
