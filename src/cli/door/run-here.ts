import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../exit-codes';

export interface HereOptions {
  /** The text of the landfall.yaml in the folder where the command runs; null: there is no such file. */
  config: string | null;
  /** Who asked. */
  by: string;
  ciRun: string | null;
  output: string;
}

/** The settings of the controller that a command needs. */
const KEPT = /^(PATH|HOME|TEMPORAL_\w+|LANDFALL_(STATE|TASK_QUEUE|UI|POLICY))$/;

/**
 * Runs an ordinary command of this installation in an empty folder, and prints what it prints. A client that vanishes
 * ends the command, and never the run.
 * @returns its exit code
 */
export async function runHere(words: string[], options: HereOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-door-'));
  try {
    if (options.config !== null) writeFileSync(join(folder, 'landfall.yaml'), options.config);
    const [, script = ''] = process.argv;
    const command = spawn(process.execPath, [script, ...words], {
      cwd: folder,
      env: environmentFor(options),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = () => command.kill('SIGTERM');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, end);
    for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
    command.stdout.pipe(process.stdout);
    command.stderr.pipe(process.stderr);
    const [code] = await once(command, 'close');
    return typeof code === 'number' ? code : EXIT.needsOperator;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentFor({ by, ciRun, output }: HereOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => KEPT.test(name));
  return {
    ...Object.fromEntries(kept),
    LANDFALL_BY: by,
    LANDFALL_OUTPUT: output,
    ...(ciRun !== null && { LANDFALL_CI_RUN: ciRun }),
  };
}
