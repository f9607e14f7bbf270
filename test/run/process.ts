import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ended } from './events';
import { LANES, type TestFile } from './lanes';

/** Three times what the longest one takes: a file that does not end fails by name, instead of holding all. */
const MINUTES_FOR_A_FILE = 12;

/** Files that share a process. */
export type Batch = [TestFile, ...TestFile[]];

export interface BatchRun {
  batch: Batch;
  passed: boolean;
  seconds: number;
  ended: Ended[];
  /** The output of the process, with node's own report; empty when it was shown as it came. */
  output: string;
}

const running = new Set<ChildProcess>();

/** Ends the processes of tests that run; their hosts and engines end with them. */
export function endAll(): void {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Runs the files of one batch in a process of their own. Never rejects for a test that fails.
 * @param record file for what ended; @param live show the output as it comes
 * @param more variables of the process
 */
export async function runBatch(
  batch: Batch,
  record: string,
  live: boolean,
  more: NodeJS.ProcessEnv = {},
): Promise<BatchRun> {
  const began = performance.now();
  const reporters = [
    ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    [`--test-reporter=${join(__dirname, 'events.js')}`, `--test-reporter-destination=${record}`],
  ].flat();
  const paths = batch.map(({ path }) => path);
  const program = paths.length === 1 ? paths : [join(__dirname, 'together.js'), ...paths];
  const child = spawn(process.execPath, [...reporters, ...program], {
    // Files of a killed test are removed with the folder of the run. Unit tests need short paths, and leave little.
    env: LANES[batch[0].lane].together ? process.env : { ...process.env, TMPDIR: dirname(record), ...more },
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const timer = setTimeout(() => {
    output += `\nStill running after ${MINUTES_FOR_A_FILE} minutes: ended.\n`;
    child.kill('SIGKILL');
  }, MINUTES_FOR_A_FILE * 60_000);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  running.delete(child);
  const ended = endedIn(record);
  // Without a single test nothing was tried, whatever the exit code says.
  const passed = code === 0 && ended.length > 0;
  return { batch, passed, seconds: (performance.now() - began) / 1000, ended, output };
}

function endedIn(record: string): Ended[] {
  try {
    const lines = readFileSync(record, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Ended);
  } catch {
    return [];
  }
}
