/** The lines that `landfall env` prints. Pure; names, versions and times, never a value. */
import type { Verbs } from '../../contract/contract-types';
import { timeInWords } from '../../deployment/time-of';

type Listed = Verbs['env-list']['result'];
type Changed = Verbs['env-set']['result'];

/** How many versions a list shows. */
const MOST_VERSIONS = 5;

/** `web1: environment 7 (before: 6): DATABASE_URL changed, TOKEN added`. */
export function changedInWords({ before, number, added, changed, removed, missing }: Changed): string {
  const words = [
    ...changed.map((name) => `${name} changed`),
    ...added.map((name) => `${name} added`),
    ...removed.map((name) => `${name} removed`),
  ];
  const absent = missing.length === 0 ? [] : [`${missing.join(', ')} was not set`];
  if (words.length === 0) return [`nothing changes, environment ${number}`, ...absent].join('; ');
  const was = before === 0 ? '' : ` (before: ${before})`;
  return [`environment ${number}${was}: ${words.join(', ')}`, ...absent].join('; ');
}

/** Hosts whose lines are the same are named together. */
export function groupedLines(all: { host: string; lines: string[] }[]): string[] {
  const groups = new Map<string, { hosts: string[]; lines: string[] }>();
  for (const { host, lines } of all) {
    const key = lines.join('\n');
    const group = groups.get(key) ?? { hosts: [], lines };
    group.hosts.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ hosts, lines: [first = '', ...more] }) => [
    `${hosts.join(', ')}: ${first}`,
    ...more.map((line) => `  ${line}`),
  ]);
}

/** The newest version of one host: its variables, and which version the live release has. */
export function listLines({ newest, live, versions, contents, files }: Listed): string[] {
  if (newest === 0) return ['no environment is set', ...liveLine(newest, live)];
  const now = versions.find(({ number }) => number === newest);
  const made = now === undefined ? '' : `, ${timeInWords(now.changed)}, by ${now.by}`;
  const variables = contents.find(({ number }) => number === newest)?.variables ?? [];
  const width = Math.max(0, ...variables.map(({ name }) => name.length));
  return [
    `environment ${newest}${made}`,
    ...variables.map(
      ({ name, since, changed }) => `  ${name.padEnd(width)}  since ${since}, ${timeInWords(changed)}`,
    ),
    ...liveLine(newest, live),
    ...fileLines(files.filter(({ name }) => variables.some((each) => each.name === name))),
    ...versionLines(versions.filter(({ number }) => number !== newest)),
  ];
}

function liveLine(newest: number, live: Listed['live']): string[] {
  if (live === null) return [];
  const { release, version } = live;
  const has = version === 0 ? 'no environment' : `environment ${version}`;
  const behind = version < newest ? ': a restart or a deploy applies the newest one' : '';
  return [`the live release ${release} has ${has}${behind}`];
}

function fileLines(files: Listed['files']): string[] {
  return files.map(({ name, file }) => `! ${alsoInFile(name, file)}`);
}

export function alsoInFile(name: string, file: string): string {
  return `${name} is in ${file} too; the value of landfall env counts for releases from now on`;
}

function versionLines(versions: Listed['versions']): string[] {
  return versions
    .toSorted((a, b) => b.number - a.number)
    .slice(0, MOST_VERSIONS)
    .map(
      ({ number, changed, by, count }) =>
        `kept: environment ${number}, ${timeInWords(changed)}, by ${by}, ${count} variables`,
    );
}

export interface Contents {
  digests: Map<string, string>;
}

/** The variables of one version, by their digests. null: that version is not there. */
export function contentsOf({ contents }: Listed, number: number): Contents | null {
  const found = contents.find((each) => each.number === number);
  if (found === undefined) return number === 0 ? { digests: new Map() } : null;
  return { digests: new Map(found.variables.map(({ name, digest }) => [name, digest])) };
}

/** From one version to another of the same host: `DATABASE_URL changed`. */
export function versionDifferences(from: Contents, to: Contents): string[] {
  const names = [...new Set([...from.digests.keys(), ...to.digests.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [from.digests.get(name), to.digests.get(name)];
    if (was === is) return [];
    return [`${name} ${was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'}`];
  });
}

/** Between hosts: `TOKEN: web1, web3 have the same value, web2 another one; web4 lacks it`. */
export function hostDifferences(hosts: { host: string; contents: Contents }[]): string[] {
  const names = [...new Set(hosts.flatMap(({ contents }) => [...contents.digests.keys()]))].sort();
  return names.flatMap((name) => {
    const values = new Map<string, string[]>();
    const lacks: string[] = [];
    for (const { host, contents } of hosts) {
      const digest = contents.digests.get(name);
      if (digest === undefined) lacks.push(host);
      else values.set(digest, [...(values.get(digest) ?? []), host]);
    }
    if (values.size < 2 && lacks.length === 0) return [];
    const [most = [], ...others] = [...values.values()].sort((a, b) => b.length - a.length);
    const words = others.map((some) => `differs on ${some.join(', ')}`);
    if (lacks.length > 0) words.push(`is not set on ${lacks.join(', ')}`);
    return [`${name} ${words.join(', ')} (set on ${most.join(', ')})`];
  });
}
