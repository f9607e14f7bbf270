import { type ChildProcess, spawn } from 'node:child_process';

export interface Ran {
  code: number | null;
  /** Standard output and error, as a person sees them. */
  output: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Standard input; absent: nothing. */
  input?: string;
  /** Told each line as it comes. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
  /** Given the process, for tests that end it in ways of their own. */
  onStart?: (child: ChildProcess) => void;
}

/** Runs a program to its end. */
export function runCommand(command: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const { env, cwd, input, onLine, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(input);
    options.onStart?.(child);
    let output = '';
    let rest = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    // As a person at the keyboard: an interrupt, not a kill.
    signal?.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
