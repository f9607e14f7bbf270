/** How long files take: the longest start first, and the slowest are named at the end. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../harness/hosts/paths';
import type { TestFile } from './lanes';
import type { BatchRun } from './process';

/** A file that takes longer is marked in the list. It is a wish, not a limit: nothing fails by it. */
export const BUDGET_SECONDS = 60;
const LISTED = 15;

const FILE = join(cacheDirectory, 'test-times.json');

/** By file name, seconds. */
export type Times = Record<string, number>;

/** The times of earlier runs; empty before the first one. */
export function knownTimes(): Times {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Times;
  } catch {
    return {};
  }
}

/** Keeps what this run took for the order of the next one. */
export function keepTimes(times: Times): void {
  mkdirSync(cacheDirectory, { recursive: true });
  writeFileSync(FILE, JSON.stringify({ ...knownTimes(), ...times }));
}

/** The longest first; one that was never timed comes where its lane is. */
export function longestFirst(files: readonly TestFile[], times: Times): TestFile[] {
  const seconds = ({ name }: TestFile) => times[name] ?? Number.POSITIVE_INFINITY;
  return [...files].sort((a, b) => (seconds(a) === seconds(b) ? 0 : seconds(b) - seconds(a)));
}

/** Of a process with one file its whole time counts, of files together what their tests took. */
export function timesOf(runs: readonly BatchRun[]): Times {
  const times: Times = {};
  for (const { batch, seconds, ended } of runs) {
    for (const file of batch) {
      const suite = ended.find((one) => one.nesting === 0 && one.name.endsWith(`${file.name}.test.js`));
      times[file.name] = batch.length === 1 ? seconds : (suite?.milliseconds ?? 0) / 1000;
    }
  }
  return times;
}

/** The slowest files and tests, for the end of a run. */
export function slowest(runs: readonly BatchRun[]): string[] {
  const files = Object.entries(timesOf(runs)).map(([name, seconds]) => ({ name, seconds }));
  const tests = runs.flatMap(({ batch, ended }) =>
    ended
      .filter(({ suite }) => !suite)
      .map(({ name, milliseconds }) => ({
        name: `${batch.length === 1 ? `${batch[0].name}: ` : ''}${name}`,
        seconds: milliseconds / 1000,
      })),
  );
  return [
    `The slowest files (over budget, ${BUDGET_SECONDS} s: !):`,
    ...top(files).map((one) => `${one.seconds > BUDGET_SECONDS ? '!' : ' '} ${line(one)}`),
    'The slowest tests:',
    ...top(tests).map((one) => `  ${line(one)}`),
  ];
}

const top = <One extends { seconds: number }>(all: One[]) =>
  all.sort((a, b) => b.seconds - a.seconds).slice(0, LISTED);

const line = ({ name, seconds }: { name: string; seconds: number }) =>
  `${seconds.toFixed(1).padStart(6)} s  ${name}`;
