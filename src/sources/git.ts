import { execFile } from 'node:child_process';

/** A git command that ended with an error; `stderr` has no credentials in it. */
export class GitError extends Error {
  override readonly name = 'GitError';

  constructor(
    readonly command: string,
    readonly stderr: string,
    readonly exitCode: number | null,
  ) {
    super(`git ${command} failed: ${stderr.trim().split('\n').at(-1) ?? 'no message'}`);
  }
}

/**
 * Runs git without a shell and without ever asking a question on a terminal.
 * @returns its standard output
 * @throws {@link GitError} for a non-zero exit; AbortError when `signal` ends it
 */
export function git(args: string[], options: { signal?: AbortSignal } = {}): Promise<string> {
  const env = {
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
    ...process.env,
    GIT_TERMINAL_PROMPT: '0',
    // Transports such as ext:: run commands; a repository setting must not be able to.
    GIT_ALLOW_PROTOCOL: 'https:ssh:git:file',
    LC_ALL: 'C',
  };
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      args,
      { env, signal: options.signal, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (error.name === 'AbortError') reject(error);
        else if ('code' in error && error.code === 'ENOENT') {
          reject(new GitError(verbOf(args), 'git is not installed on the controller', null));
        } else {
          const exitCode = typeof error.code === 'number' ? error.code : null;
          reject(new GitError(verbOf(args), withoutCredentials(stderr), exitCode));
        }
      },
    );
  });
}

/** `https://user:token@host/x` without `user:token`, wherever it stands in the text. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]+@/g, '$1');
}

function verbOf(args: string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-C') ?? '';
}
