/**
 * `npm test`: every test. `npm run test:LANE`: those of one lane. `npm test -- PATH...`: those at or
 * below source paths. Gets only what these tests need, and names what is missing. Nothing is left out
 * silently. Tests that need nothing run while the needs of others are got.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, startEngine } from '../harness/engine';
import { WARM_ENGINE } from '../harness/engine/warm';
import { ClusterOfRun } from './cluster-of-run';
import { allFiles, filesAt, filesOf, LANES, type LaneName, type TestFile } from './lanes';
import { type Need, Needs } from './needs';
import { type Limits, Openings } from './openings';
import { type Batch, type BatchRun, endAll, runBatch } from './process';
import { runFolder } from './run-folder';
import { keepTimes, knownTimes, longestFirst, slowest, timesOf } from './times';

/** Two processors are busy with about five; more begin while there is time left. */
const LIMITS: Limits = { fewest: 4, most: 10, idle: 0.25, every: 2000 };
/** Those that files of one lane share: they compute, and each costs a start. */
const SHARED = 2;

async function main(): Promise<number> {
  const files = wanted(process.argv.slice(2));
  const needs = files.flatMap(({ lane }): readonly Need[] => LANES[lane].needs);
  const folder = runFolder();
  const began = performance.now();
  const batches = batchesOf(files);
  let engine: Engine | null = null;
  const warmUp = async () => {
    if (batches.length === 1) return;
    engine = await startEngine();
    process.env[WARM_ENGINE] = engine.address;
  };
  const cluster = new ClusterOfRun(say);
  const got = await Needs.begin(needs, say, { temporal: warmUp, server: () => cluster.start() });
  const runs = await runAll(batches, folder, got, cluster).finally(async () => {
    await engine?.stop();
    await cluster.stop();
  });
  rmSync(folder, { recursive: true, force: true });
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
    return filesOf(lane as LaneName);
  }
  if (process.env.CI === 'true')
    throw new Error('CI=true: npm test runs every test. Run one lane by name: npm run test:unit.');
  return args.flatMap(filesAt);
}

/** Files that share a process need nothing that has to be got, so they begin. Of the others the longest comes first. */
function batchesOf(files: TestFile[]): Batch[] {
  const sorted = longestFirst(files, knownTimes());
  const apart = sorted.filter(({ lane }) => !LANES[lane].together);
  const together = sorted.filter(({ lane }) => LANES[lane].together);
  const shared = Array.from({ length: SHARED }, (_, at) =>
    together.filter((__, index) => index % SHARED === at),
  );
  return [
    ...shared.filter((batch): batch is Batch => batch.length > 0),
    ...apart.map((file): Batch => [file]),
  ];
}

async function runAll(
  batches: Batch[],
  folder: string,
  needs: Needs,
  cluster: ClusterOfRun,
): Promise<BatchRun[]> {
  const runs: BatchRun[] = [];
  const waiting = [...batches];
  const live = batches.length === 1;
  const openings = new Openings(LIMITS);
  const runNext = async (): Promise<boolean> => {
    const batch = await next(waiting, needs);
    if (batch === null) return false;
    const env = batch[0].lane === 'cluster' ? await cluster.environment() : {};
    const run = await runBatch(batch, join(folder, `${batches.indexOf(batch)}.jsonl`), live, env);
    runs.push(run);
    say(lineOf(run));
    if (!run.passed) say(run.output);
    return true;
  };
  const work = async () => {
    let more = true;
    while (more) {
      await openings.begin();
      try {
        more = await runNext();
      } finally {
        openings.end();
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: LIMITS.most }, work));
  // The tests that run have ended now.
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return runs;
}

/** The first batch whose needs are there; null when none is left. */
async function next(waiting: Batch[], needs: Needs): Promise<Batch | null> {
  while (waiting.length > 0) {
    const at = waiting.findIndex(([{ lane }]) => LANES[lane].needs.every((need) => needs.has(need)));
    const [batch] = at < 0 ? [] : waiting.splice(at, 1);
    if (batch !== undefined) return batch;
    await needs.more();
  }
  return null;
}

function lineOf({ batch, passed, seconds, ended }: BatchRun): string {
  const [{ name, lane }] = batch;
  const what = batch.length === 1 ? name : `${lane}: ${batch.length} files`;
  return `${passed ? '✓' : '✗'} ${what} (${count(ended, 'passed')} tests, ${seconds.toFixed(1)} s)`;
}

function report(runs: BatchRun[], seconds: number): void {
  const ended = runs.flatMap((run) => run.ended);
  for (const text of slowest(runs)) say(text);
  for (const name of runs.flatMap(failedFiles)) say(`✗ ${name}`);
  for (const { name, how, suite } of ended) if (how !== 'passed' && !suite) say(`  ${how}: ${name}`);
  const files = runs.reduce((sum, { batch }) => sum + batch.length, 0);
  const each = (['passed', 'failed', 'skipped'] as const).map((how) => `${count(ended, how)} ${how}`);
  say(
    `${files} files, tests: ${each.join(', ')}, in ${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s.`,
  );
}

/** Of files that share a process those with a test that failed; all of them when the process itself did. */
function failedFiles({ batch, passed, ended }: BatchRun): string[] {
  if (passed) return [];
  const failed = ended.filter((one) => one.nesting === 0 && one.how === 'failed');
  const named = batch.filter(({ name }) => failed.some((one) => one.name.endsWith(`/${name}.test.js`)));
  return (named.length === 0 ? batch : named).map(({ name }) => name);
}

function count(ended: BatchRun['ended'], how: 'passed' | 'failed' | 'skipped'): number {
  return ended.filter((one) => !one.suite && one.how === how).length;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(1);
  });
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
