import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The names in a `landfall.yaml` that a person may want to type. */
export interface KnownNames {
  services: string[];
  /** The hosts of each environment. */
  environments: Map<string, string[]>;
}

/** A shell takes no other name for anything but a word. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._:@-]*$/;

/** Of a file that is missing or broken: none. Completion never complains. */
export function knownNamesIn(file: string): KnownNames {
  try {
    return knownNames(parse(readFileSync(file, 'utf8')));
  } catch {
    return knownNames(null);
  }
}

function knownNames(content: unknown): KnownNames {
  const { service, environments } = fieldsOf(content);
  const named = Object.entries(fieldsOf(environments)).filter(([name]) => WORD.test(name));
  return {
    services: words([service]),
    environments: new Map(named.map(([name, content]) => [name, hostsIn(fieldsOf(content).hosts)])),
  };
}

function hostsIn(hosts: unknown): string[] {
  if (!Array.isArray(hosts)) return [];
  return words(
    hosts.map((host) => (typeof host === 'string' ? host : (fieldsOf(host).name ?? fieldsOf(host).address))),
  );
}

function words(values: unknown[]): string[] {
  return values.filter((value) => typeof value === 'string').filter((value) => WORD.test(value));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
