/**
 * `npm test`: every test. `npm run test:LANE`: those of one lane. `npm test -- PATH...`: those at or
 * below source paths. Gets only what these tests need, and names what is missing. Nothing is left out
 * silently.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '../harness/engine';
import { WARM_ENGINE } from '../harness/engine/warm';
import { allFiles, filesAt, LANES, type TestFile } from './lanes';
import { getNeeds, type Need } from './needs';
import { type Batch, type BatchRun, runBatch } from './process';
import { keepTimes, knownTimes, longestFirst, slowest, timesOf } from './times';

/** Tests wait about as long as they compute: five processes keep two processors busy. */
const PROCESSES = Number(process.env.LANDFALL_TEST_PROCESSES ?? 5);
/** Those that files of one lane share: they compute, and each costs a start. */
const SHARED = 2;

async function main(): Promise<number> {
  const files = wanted(process.argv.slice(2));
  const needs = files.flatMap(({ lane }): readonly Need[] => LANES[lane].needs);
  await getNeeds(needs, say);
  const began = performance.now();
  const batches = batchesOf(files);
  const engine = batches.length > 1 && needs.includes('temporal') ? await startEngine() : null;
  if (engine !== null) process.env[WARM_ENGINE] = engine.address;
  const runs = await runAll(batches);
  await engine?.stop();
  keepTimes(timesOf(runs));
  report(runs, (performance.now() - began) / 1000);
  return runs.every(({ passed }) => passed) ? 0 : 1;
}

/** @throws Error that says what may be given */
function wanted(args: string[]): TestFile[] {
  const [first, lane = ''] = args;
  if (first === undefined) return allFiles();
  if (first === '--lane') {
    if (!(lane in LANES))
      throw new Error(`No lane is called ${lane}. Lanes: ${Object.keys(LANES).join(', ')}.`);
    return allFiles().filter((file) => file.lane === lane);
  }
  if (process.env.CI === 'true')
    throw new Error('CI=true: npm test runs every test. Run one lane by name: npm run test:unit.');
  return args.flatMap(filesAt);
}

/** The longest file first; what may share a process comes last and fills the gaps. */
function batchesOf(files: TestFile[]): Batch[] {
  const sorted = longestFirst(files, knownTimes());
  const apart = sorted.filter(({ lane }) => !LANES[lane].together);
  const together = sorted.filter(({ lane }) => LANES[lane].together);
  const shared = Array.from({ length: SHARED }, (_, at) =>
    together.filter((__, index) => index % SHARED === at),
  );
  return [
    ...apart.map((file): Batch => [file]),
    ...shared.filter((batch): batch is Batch => batch.length > 0),
  ];
}

async function runAll(batches: Batch[]): Promise<BatchRun[]> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-test-run-'));
  const runs: BatchRun[] = [];
  const waiting = batches.entries();
  const live = batches.length === 1;
  const work = async () => {
    for (const [index, batch] of waiting) {
      const run = await runBatch(batch, join(folder, `${index}.jsonl`), live);
      runs.push(run);
      say(lineOf(run));
      if (!run.passed) say(run.output);
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  rmSync(folder, { recursive: true });
  return runs;
}

function lineOf({ batch, passed, seconds, ended }: BatchRun): string {
  const [{ name, lane }] = batch;
  const what = batch.length === 1 ? name : `${lane}: ${batch.length} files`;
  return `${passed ? '✓' : '✗'} ${what} (${count(ended, 'passed')} tests, ${seconds.toFixed(1)} s)`;
}

function report(runs: BatchRun[], seconds: number): void {
  const ended = runs.flatMap((run) => run.ended);
  for (const text of slowest(runs)) say(text);
  for (const { batch, passed } of runs) if (!passed) say(`✗ ${batch.map(({ name }) => name).join(', ')}`);
  for (const { name, how } of ended) if (how !== 'passed') say(`  ${how}: ${name}`);
  const files = runs.reduce((sum, { batch }) => sum + batch.length, 0);
  const each = (['passed', 'failed', 'skipped'] as const).map((how) => `${count(ended, how)} ${how}`);
  say(
    `${files} files, tests: ${each.join(', ')}, in ${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s.`,
  );
}

function count(ended: BatchRun['ended'], how: 'passed' | 'failed' | 'skipped'): number {
  return ended.filter((one) => !one.suite && one.how === how).length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
