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

/** A git hook sets these for its children: git would then work on that repository, whatever `-C` says. */
const OF_ANOTHER_REPOSITORY = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_NAMESPACE: undefined,
};

/**
 * Runs git without a shell and without ever asking a question on a terminal.
 * @param options.limitMs after which it is ended; none: it only reads what is here
 * @returns its standard output
 * @throws {@link GitError} for a non-zero exit and at the limit
 */
export function git(args: string[], options: { limitMs?: number } = {}): Promise<string> {
  const { limitMs } = options;
  const signal = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
  const env = {
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
    ...process.env,
    ...OF_ANOTHER_REPOSITORY,
    GIT_TERMINAL_PROMPT: '0',
    // Transports such as ext:: run commands; a repository setting must not be able to.
    GIT_ALLOW_PROTOCOL: 'https:ssh:git:file',
    LC_ALL: 'C',
  };
  return new Promise((resolve, reject) => {
    execFile('git', args, { env, signal, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal?.aborted) {
        reject(new GitError(verbOf(args), `it did not end within ${(limitMs ?? 0) / 1000} s`, null));
      } else if ('code' in error && error.code === 'ENOENT') {
        reject(new GitError(verbOf(args), 'git is not installed on the controller', null));
      } else {
        const exitCode = typeof error.code === 'number' ? error.code : null;
        reject(new GitError(verbOf(args), withoutCredentials(stderr), exitCode));
      }
    });
  });
}

/** `https://user:token@host/x` without `user:token`, wherever it stands in the text. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/]*@/g, '$1');
}

function verbOf(args: string[]): string {
  return args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-C') ?? '';
}
