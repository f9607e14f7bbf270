/** The changed versions between two sets of requirement files. Pure. */

import { withoutLogins } from '../text/url-logins';

/** The lines of one requirement file. */
export interface Requirements {
  /** Version by project, as PEP 503 spells its name. A project with several markers has several versions. */
  pins: Map<string, string[]>;
  /** Other files that it names with `-r` or `-c`. */
  includes: string[];
  /** Lines that pin no version, without logins in their URLs. */
  loose: string[];
}

export interface DependencyChange {
  name: string;
  /** null: the dependency is new. */
  from: string | null;
  /** null: the dependency is removed. */
  to: string | null;
}

/** `name==1.2`, with extras, markers and hashes around it. `==1.*` pins no version. */
const PIN = /^([a-z0-9](?:[\w.-]*[a-z0-9])?)\s*(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;,*]+)\s*(?:;.*|--.*)?$/i;
const INCLUDE = /^(?:-[rc]|--requirement|--constraint)[ =]*(\S.*)$/;

/** Reads the pins, and keeps every other line as a text. Wrong lines are for the host to refuse. */
export function parseRequirements(text: string): Requirements {
  const found: Requirements = { pins: new Map(), includes: [], loose: [] };
  for (const line of logicalLines(text)) {
    const include = INCLUDE.exec(line)?.[1];
    const [, name, version] = PIN.exec(line) ?? [];
    if (include !== undefined) found.includes.push(include.trim());
    else if (name !== undefined && version !== undefined) pin(found.pins, name, version);
    // An option of the installer is not a dependency.
    else if (!/^-(?!e\b|-editable\b)/.test(line)) found.loose.push(withoutLogins(line));
  }
  return found;
}

/** Of several files, the one after the other. */
export function together(files: Requirements[]): Requirements {
  const all: Requirements = { pins: new Map(), includes: [], loose: [] };
  for (const { pins, loose } of files) {
    for (const [name, versions] of pins) for (const version of versions) pin(all.pins, name, version);
    all.loose.push(...loose);
  }
  return all;
}

/** By name. `loose`: lines of either side that pin no version, so that their change is not known. */
export function dependencyChanges(
  before: Requirements,
  after: Requirements,
): { changes: DependencyChange[]; loose: string[] } {
  const names = new Set([...before.pins.keys(), ...after.pins.keys()]);
  const changes = [...names].sort().flatMap((name) => {
    const [from, to] = [versionOf(before, name), versionOf(after, name)];
    return from === to ? [] : [{ name, from, to }];
  });
  return { changes, loose: [...new Set([...before.loose, ...after.loose])] };
}

/** https://peps.python.org/pep-0503/#normalized-names */
export function normalizedName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

function pin(pins: Map<string, string[]>, name: string, version: string): void {
  const key = normalizedName(name);
  pins.set(key, [...new Set([...(pins.get(key) ?? []), version])].sort());
}

function versionOf({ pins }: Requirements, name: string): string | null {
  return pins.get(name)?.join(' or ') ?? null;
}

/** Without comments; a backslash at the end joins a line with the next one, as pip reads them. */
function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '');
}
