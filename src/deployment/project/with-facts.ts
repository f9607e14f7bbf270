/** The settings of a deploy, completed by its commit and its host where `landfall.yaml` is silent. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { ChosenInterpreter, Packaging, Resolved, Server } from '../../config/resolved';
import { withCelery } from '../celery';
import { fail } from '../failures';
import type { Reason } from '../status';
import type { ProjectFacts } from './facts';

/** Nothing is known yet. */
export const NOTHING_RESOLVED: NonNullable<Resolved> = {
  packaging: null,
  server: null,
  interpreter: null,
  managed: null,
};

/** Before anything is installed: how the packages get there, where modules lie, and how Celery runs. */
export function withPackaging(settings: ServiceSettings, project: ProjectFacts): ServiceSettings {
  const { env, processes, unit } = settings;
  const namesBeatFile = project.hints.some(({ what }) => what === 'beat-file');
  const modules = [...project.pythonPath, ...(env.PYTHONPATH === undefined ? [] : [env.PYTHONPATH])];
  return {
    ...settings,
    // A server and a job start in the service's folder.
    env: project.pythonPath.length === 0 ? env : { ...env, PYTHONPATH: modules.join(':') },
    processes: withCelery(processes, { unit, namesBeatFile }),
    resolved: { ...NOTHING_RESOLVED, packaging: project.packaging },
  };
}

/** Before anything is installed: the interpreter of this host, as it was inspected. */
export function withInterpreter(settings: ServiceSettings, interpreter: ChosenInterpreter): ServiceSettings {
  return { ...settings, resolved: { ...(settings.resolved ?? NOTHING_RESOLVED), interpreter } };
}

/** Before anything is installed: uv is to bring that version. */
export function withManaged(settings: ServiceSettings, managed: string): ServiceSettings {
  return { ...settings, resolved: { ...(settings.resolved ?? NOTHING_RESOLVED), managed } };
}

/** `Python 3.12.4 (/usr/bin/python3.12), by .python-version`. */
export function interpreterInWords({ path, version, why }: ChosenInterpreter): string {
  return `Python ${version} (${path})${why === '' ? '' : `, by ${why}`}`;
}

/** Once everything is installed: how it is started. */
export function withServer(
  settings: ServiceSettings,
  { app, server, tls }: { app: string; server: Server; tls: boolean },
): ServiceSettings {
  const readiness = tls ? { ...settings.readiness, check: 'https' as const } : settings.readiness;
  return { ...settings, app, readiness, resolved: { ...(settings.resolved ?? NOTHING_RESOLVED), server } };
}

/** The interpreter for the environments of a release: its path; before it is known, the key. */
export function pythonOf({ resolved, python }: ServiceSettings): string {
  return resolved?.interpreter?.path ?? python ?? 'python3';
}

/** The part of the installation's input that is about the interpreter. */
export function interpreterInput(settings: ServiceSettings) {
  const { interpreter = null, managed = null } = settings.resolved ?? NOTHING_RESOLVED;
  // Where uv brings one, python3 of the host may have to bring uv.
  return { python: managed === null ? pythonOf(settings) : 'python3', interpreter, managed };
}

/** The files that name the packages of a release. A release from before this choice has requirement files. */
export function packagingOf({ resolved, requirements }: ServiceSettings): Packaging {
  const files = requirements ?? ['requirements.txt'];
  const asWritten: Packaging = { tool: 'requirements', files, encoding: 'utf-8', local: false };
  return resolved?.packaging ?? asWritten;
}

/** Why the deploy of such a commit is refused, for each reason that its files give. */
export function refusalOfFacts({ refusals }: ProjectFacts): Reason[] {
  return refusals.map((each) => ({ ...each, type: 'InvalidInput', host: null }));
}

/**
 * Ends a deploy before any host is changed, for what its commit lacks.
 * @throws InvalidInput with all reasons
 */
export function refuseByFacts(project: ProjectFacts | null): void {
  const refusals = project?.refusals ?? [];
  if (refusals.length === 0) return;
  const all = (texts: string[]) => [...new Set(texts)].join(' ');
  const advice = all(refusals.map((each) => each.advice));
  throw fail('InvalidInput', all(refusals.map(({ message }) => message)), { host: null, advice });
}

/** The facts about the commit, for people: the dependencies first. */
export function factWords(project: ProjectFacts): string[] {
  return [...shippedWords(project), ...project.notices];
}

/** The facts without the warnings. */
export function shippedWords({ packaging, ships }: ProjectFacts): string[] {
  const whole = ships.why === null ? [] : [`the whole repository is the release: ${ships.why}`];
  return [...(packaging === null ? [] : [`dependencies: ${packagingWords(packaging)}`]), ...whole];
}

/** `uv.lock (groups prod)`. */
export function packagingWords(packaging: Packaging): string {
  if (packaging.tool === 'requirements') return packaging.files.join(', ');
  const { groups, extras } = packaging;
  const named = [
    ...(groups.length === 0 ? [] : [`groups ${groups.join(', ')}`]),
    ...(extras.length === 0 ? [] : [`extras ${extras.join(', ')}`]),
  ];
  const file = packaging.tool === 'unlocked' ? 'pyproject.toml, not locked' : packaging.lock;
  return named.length === 0 ? file : `${file} (${named.join('; ')})`;
}
