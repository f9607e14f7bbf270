/** The report of a run: a table on the terminal, and all figures as JSON and as a picture. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../test/harness/run-command';
import type { ContenderName } from '../contenders';
import type { Lab } from '../lab';
import { SOAK_WINDOW_MS } from '../measure';
import type { Options } from '../options';
import type { Rounds } from '../rounds';
import { SCENARIOS } from '../scenarios';
import { machine } from './machine';
import { pictureOf } from './picture';
import { summarize } from './summary';
import { tableOf } from './table';

export async function report(
  lab: Lab,
  { contenders, measurements, lastOutputs }: Rounds,
  options: Options,
  say: (line: string) => void,
): Promise<void> {
  const titles = Object.fromEntries(contenders.map(({ name, title }) => [name, title])) as Record<
    ContenderName,
    string
  >;
  const summaries = summarize(measurements);
  const scenarios = SCENARIOS.filter(({ name }) => options.scenario.includes(name));
  const steps = stepsOf(lastOutputs);
  const workerMegabytes = await workerMemory(lab);

  say(`\n${tableOf(summaries, scenarios, titles)}\n`);
  for (const line of LEGEND) say(line);
  for (const [name, lines] of Object.entries(steps)) {
    say(`\n${titles[name as ContenderName]}, the last good deploy step by step:\n${lines.join('\n')}`);
  }
  say(`\nresident memory of Landfall's worker: ${workerMegabytes} MB`);

  if (options.out === null) {
    say('A part of the bench only: nothing is written; --out <folder> writes it.');
    return;
  }
  mkdirSync(options.out, { recursive: true });
  const facts = { date: new Date().toISOString().slice(0, 10), machine: await machine(), options };
  const document = { ...facts, legend: LEGEND, titles, summaries, steps, workerMegabytes, measurements };
  writeFileSync(join(options.out, 'bench.json'), `${JSON.stringify(rounded(document), null, 2)}\n`);
  writeFileSync(join(options.out, 'bench.svg'), pictureOf({ ...facts, summaries, scenarios, titles }));
  say(`Written: ${join(options.out, 'bench.json')} and ${join(options.out, 'bench.svg')}`);
}

const LEGEND = [
  'failed requests: no 2xx within 10 s, of new connections, kept ones and slow requests; nothing is sent twice',
  'reached it: requests that the bad release answered. worst: slowest good answer to a quick request',
  'outage: longest time without a good answer to a quick request, the worst of all deploys',
  'wall time, and its ratio to the script in the same round: median (min–max)',
  `the release that goes bad is watched for ${SOAK_WINDOW_MS / 1000} s from its first answer on, the others until 2 s after the deploy`,
];

/** As Landfall prints them. */
function stepsOf(outputs: Map<string, string>): Record<string, string[]> {
  const landfall = [...outputs].filter(([name]) => name.startsWith('landfall'));
  return Object.fromEntries(
    landfall.map(([name, output]) => [name, output.split('\n').filter((line) => line.includes('✓'))]),
  );
}

async function workerMemory({ controller }: Lab): Promise<number> {
  const { output } = await runCommand('ps', ['-o', 'rss=', '-p', String(controller.workerPid)], {
    env: process.env,
  });
  return Math.round(Number(output) / 1024);
}

/** To the microsecond is enough for a file that people read. */
function rounded<Value>(value: Value): Value {
  const replace = (_: string, item: unknown) =>
    typeof item === 'number' ? Math.round(item * 1000) / 1000 : item;
  return JSON.parse(JSON.stringify(value, replace)) as Value;
}
