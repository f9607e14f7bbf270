import { spawn } from 'node:child_process';

export interface Ran {
  /** Exit status; 128 + 9 when it was killed, for one. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Characters of output in an error: its end says what went wrong. */
const outputKept = 3000;

export interface RunOptions {
  input?: string;
  env?: NodeJS.ProcessEnv;
  /** Killed with SIGKILL after this; a test that hangs tells nothing. */
  timeoutSeconds?: number;
}

/** Runs a program to its end and returns what it printed. Rejects only when it cannot be started. */
export function run(program: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env });
    const timer = setTimeout(() => child.kill('SIGKILL'), (options.timeoutSeconds ?? 120) * 1000);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 137, stdout, stderr });
    });
    // A program may end without reading its input.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** The same for a command that has to succeed: its standard output. */
export async function runOrThrow(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(program, args, options);
  if (ran.code !== 0) {
    throw new Error(
      `${program} ${args.join(' ')} ended with ${ran.code}:\n${(ran.stderr || ran.stdout).slice(-outputKept)}`,
    );
  }
  return ran.stdout;
}
