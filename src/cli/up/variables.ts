/** The environment variables of a first deploy: which the code reads, which are set, which are asked for. Pure. */
import type { ServiceSettings } from '../../config/deploy-input';
import type { Verbs } from '../../contract/contract-types';
import type { EnvName } from '../../init/find/env-names';

export interface Variables {
  /** Of the file of `--variables`, and new or changed on a host, as far as that is known. */
  given: string[];
  /** Read without a default, and set nowhere. */
  missing: string[];
  /** Read with a default, and set nowhere. */
  optional: string[];
}

/** @param known names that a host sets already, each with those of its hosts; a host without an answer has none */
export function variablesOf(
  read: EnvName[],
  {
    settings,
    known,
    given,
  }: { settings: Pick<ServiceSettings, 'env'>; known: Set<string>[]; given: string[] },
): Variables {
  const isSet = (name: string) =>
    given.includes(name) ||
    Object.hasOwn(settings.env, name) ||
    (known.length > 0 && known.every((on) => on.has(name)));
  const open = read.filter(({ name }) => !isSet(name));
  return {
    given,
    missing: open.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    optional: open.filter(({ isRequired }) => !isRequired).map(({ name }) => name),
  };
}

/** The names that a host sets: of `landfall env`, and of files of root. */
export function namesOn({ newest, contents, files }: Verbs['env-list']['result']): Set<string> {
  const managed = contents.find(({ number }) => number === newest)?.variables ?? [];
  return new Set([...managed, ...files].map(({ name }) => name));
}

const MOST_NAMES = 8;

export function variableLines(
  { given, missing, optional }: Variables,
  { service, environment, asks }: { service: string; environment: string; asks: boolean },
): string[] {
  const command = `landfall env set ${service} --env ${environment}`;
  const lines = [
    ...(given.length === 0 ? [] : [`  + set on every host: ${given.join(', ')}`]),
    ...missing.map((name) =>
      asks
        ? `  ? ${name}: read without a default; asked for after your yes`
        : `  ! ${name}: read without a default, and set nowhere. The release may not start: ${command} ${name}`,
    ),
    ...(optional.length === 0
      ? []
      : [`  · not set, with a default: ${some(optional)}. To set one: ${command} NAME`]),
  ];
  return lines.length === 0 ? [] : ['Variables:', ...lines];
}

function some(names: string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
