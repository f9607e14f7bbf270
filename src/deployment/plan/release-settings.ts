/** The settings of a release on one host, completed by its commit and by what the host has. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import { fail } from '../failures';
import type { Inspection } from '../inspection';
import type { ProjectFacts } from '../project/facts';
import { chooseInterpreter, MANAGED, managedVersion } from '../project/interpreter-choice';
import { interpreterInWords, withInterpreter, withManaged, withPackaging } from '../project/with-facts';
import type { Refusal } from './refusals';

/** A release that is new to a host. */
export interface NewRelease {
  /** Its name. */
  host: string;
  settings: ServiceSettings;
  /** null: nothing is known of its commit but what was kept with it. */
  project: ProjectFacts | null;
}

type Tools = Pick<Inspection, 'interpreters' | 'uv'>;

/** @throws InvalidInput when no interpreter of the host will do; before anything is changed there */
export function releaseSettings(seen: Inspection, { host, settings, project }: NewRelease): ServiceSettings {
  const complete = project === null ? settings : withPackaging(settings, project);
  const choice = choiceOn(seen, { host, settings, project });
  if (choice === null) return withManaged(complete, managedVersion(project));
  if ('refusal' in choice) {
    const { message, advice } = choice.refusal;
    throw fail('InvalidInput', message, { host, advice });
  }
  return withInterpreter(complete, choice);
}

/** Why no environment can be made there, and in words with which interpreter it would be. */
export function interpreterFor(
  seen: Tools,
  release: NewRelease,
): { refused: Refusal[]; words: string | null } {
  const choice = choiceOn(seen, release);
  if (choice === null)
    return { refused: [], words: `${managedVersion(release.project)}, which uv brings (python: ${MANAGED})` };
  if ('refusal' in choice) return { refused: [{ type: 'InvalidInput', ...choice.refusal }], words: null };
  return { refused: [], words: interpreterInWords(choice) };
}

/** The interpreter and the installer of a deploy to a host, as far as landfall.yaml and the host say it. */
export function toolsInWords(
  host: string,
  settings: ServiceSettings,
  tools: Tools,
): { words: string; missing: string | null } {
  const { refused, words } = interpreterFor(tools, { host, settings, project: null });
  const [refusal] = refused;
  if (refusal !== undefined) return { words: '', missing: `${refusal.message} ${refusal.advice}` };
  return { words: `${words} makes the environments, with ${tools.uv ?? 'pip'}`, missing: null };
}

function choiceOn({ interpreters, uv }: Tools, { host, settings, project }: NewRelease) {
  const { python, user } = settings;
  return chooseInterpreter({ host, interpreters, uv }, { python, user, project });
}
