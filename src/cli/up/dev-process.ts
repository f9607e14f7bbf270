import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CommandError, EXIT } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';

/** `landfall dev` as a process of this command, which ends with it however it ends. */
export interface DevProcess {
  address: string;
  /** Waits for its end, so that the database is closed. */
  stop(): Promise<void>;
}

const ready = z.object({ address: z.string() });

/** A worker hands its steps over within seconds. */
const STOP_LIMIT_MS = 20_000;

const LAST_LINES = 5;

/**
 * Starts the engine of a database with a worker.
 * @throws CommandError with the last lines of a start that failed
 */
export async function startDev(
  options: { port: number; database: string },
  out: ConsoleOutput & { complain(...lines: string[]): void },
): Promise<DevProcess> {
  const words = ['dev', '--port', String(options.port), '--no-ui', '--database', options.database];
  const child = fork(process.argv[1] ?? '', words, {
    // In a session of its own: Ctrl-C of the terminal reaches the command alone.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  let isReady = false;
  let doing = 'starting the engine of this run';
  linesOf(child, (line, isError) => {
    said.push(line);
    if (isReady && isError) out.complain(`engine: ${line}`);
    else doing = line;
  });
  const progress = setInterval(() => out.progress(`  … ${doing}`), 1_000);
  try {
    const [first] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(notStarted(said))),
    ]);
    isReady = true;
    return { address: ready.parse(first).address, stop: () => stop(child) };
  } finally {
    clearInterval(progress);
  }
}

function linesOf({ stdout, stderr }: ChildProcess, heard: (line: string, isError: boolean) => void): void {
  for (const stream of [stdout, stderr])
    if (stream !== null)
      createInterface({ input: stream }).on('line', (line) => heard(line, stream === stderr));
}

function notStarted(said: string[]): CommandError {
  return new CommandError(
    [
      'The embedded engine did not start. Nothing was changed.',
      ...said.slice(-LAST_LINES).map((line) => `  ${line}`),
    ],
    EXIT.engineUnreachable,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(limit);
}
