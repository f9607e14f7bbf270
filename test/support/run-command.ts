import { spawn } from 'node:child_process';

export interface Ran {
  code: number | null;
  /** Standard output and error, as a person sees them. */
  output: string;
}

/** Runs a program to its end. @param onLine told each line as it comes */
export function runCommand(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<Ran> {
  const { env, cwd, onLine, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let rest = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const lines = `${rest}${chunk.toString('utf8')}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    // As a person at the keyboard: an interrupt, not a kill.
    signal?.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
