/** The search attributes of runs in the engine's visibility store. Pure. */
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import type { DeployStatus } from './status';

const key = (name: string) => defineSearchAttributeKey(`Landfall${name}`, 'KEYWORD');

const KEYS = {
  service: key('Service'),
  environment: key('Environment'),
  commit: key('Commit'),
  outcome: key('Outcome'),
  phase: key('Phase'),
  by: key('By'),
};

/** With this prefix, because other programs may share the namespace. */
export const SEARCH_ATTRIBUTES = Object.values(KEYS);

/** The engine's databases keep so many characters of a keyword. */
const MOST_CHARACTERS = 255;

/** The search attributes of a status, as the engine takes them; a value that is not known yet is null. */
export function searchAttributesOf(status: DeployStatus): SearchAttributeUpdatePair[] {
  const { service, environment, commit, outcome, phase, by } = status;
  const values = { service, environment, commit, outcome, phase, by };
  return Object.entries(values).map(([name, value]) => ({
    key: KEYS[name as keyof typeof KEYS],
    value: value === null ? null : [...value].slice(0, MOST_CHARACTERS).join(''),
  }));
}
