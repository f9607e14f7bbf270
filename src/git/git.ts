import { execFile } from 'node:child_process';
import { PROTOCOLS } from '../config/repository';

/** A git command that ended with an error; `stderr` has no credentials in it. */
export class GitError extends Error {
  override readonly name = 'GitError';

  constructor(
    readonly command: string,
    readonly stderr: string,
    readonly exitCode: number | null,
  ) {
    super(`git ${command} failed: ${lastWord(stderr)}`);
  }
}

/** Whether git itself answered with an error. A killed git, or one that could not start, did not answer. */
export function isNo(error: unknown): error is GitError {
  return error instanceof GitError && error.exitCode !== null;
}

/** git's last line, without the advice that git adds after every lost connection. */
function lastWord(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => !ADVICE_OF_GIT.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? 'no message').trim();
}

const ADVICE_OF_GIT =
  /^(fatal: Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.)$/;

/** A git hook sets these for its children: git would then work on the hook's repository. */
const OF_ANOTHER_REPOSITORY = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_NAMESPACE: undefined,
  GIT_SHALLOW_FILE: undefined,
  GIT_GRAFT_FILE: undefined,
};

/** No configuration of the user: its filters, hooks or monitors would run on fetched content. */
const OWN_CONFIGURATION = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: undefined,
  GIT_CONFIG_PARAMETERS: undefined,
  GIT_ATTR_NOSYSTEM: '1',
};

/** Overrides the user's configuration, which a fetch needs for its keys and logins. */
const ALWAYS = [
  // Objects that could mislead git, or a checkout, are refused.
  'transfer.fsckObjects=true',
  'fetch.fsckObjects=true',
  'fetch.recurseSubmodules=false',
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
].flatMap((setting) => ['-c', setting]);

export interface GitOptions {
  /** The bare repository to work on. */
  repository?: string;
  /** Whether it talks to another repository, with the keys and logins of the user's configuration. */
  remote?: boolean;
  /** Milliseconds after which git is ended; absent: git only reads local files. */
  limitMs?: number;
  /** Git's standard input. */
  input?: string;
}

/** Of its output: the list of the files of a very large repository. */
const MOST_OUTPUT = 128 * 1024 * 1024;

/**
 * Runs git without a shell; git never asks a question on a terminal. Not execa: its error quotes the command, with
 * the credentials of an address, and it would save no line of the environment above.
 * @param args git's command and its arguments
 * @returns its standard output
 * @throws {@link GitError} for a non-zero exit and at the limit
 */
export async function git(args: [string, ...string[]], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(args, options)).toString();
}

/** As {@link git}, for output that may be no text. */
export function gitBytes(args: [string, ...string[]], options: GitOptions = {}): Promise<Buffer> {
  const { repository, remote = false, limitMs, input } = options;
  const [verb] = args;
  const signal = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
  const env = {
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
    ...process.env,
    ...OF_ANOTHER_REPOSITORY,
    ...(remote ? {} : OWN_CONFIGURATION),
    GIT_TERMINAL_PROMPT: '0',
    // Transports such as ext:: run commands; no address and no redirect may use them.
    GIT_ALLOW_PROTOCOL: PROTOCOLS,
    // A replacement in a mirror would put other content under a commit's name.
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
  };
  const place = repository === undefined ? [] : ['--git-dir', repository];
  return new Promise((resolve, reject) => {
    const all = [...ALWAYS, ...place, ...args];
    const how = { env, signal, maxBuffer: MOST_OUTPUT, encoding: 'buffer' as const };
    const running = execFile('git', all, how, (error, stdout, told) => {
      const stderr = told.toString();
      if (error === null) resolve(stdout);
      else if (signal?.aborted) {
        reject(new GitError(verb, `it did not end within ${(limitMs ?? 0) / 1000} s`, null));
      } else if ('code' in error && error.code === 'ENOENT') {
        reject(new GitError(verb, 'git is not installed on the controller', null));
      } else {
        const exitCode = typeof error.code === 'number' ? error.code : null;
        const said = error.signal ? `it was ended by ${error.signal}` : withoutCredentials(stderr);
        reject(new GitError(verb, said, exitCode));
      }
    });
    // A git that has ended reads nothing more; its exit says why.
    running.stdin?.on('error', () => undefined);
    running.stdin?.end(input);
  });
}

/** `https://user:token@host/x` without `user:token`, wherever it stands in the text. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/]*@/g, '$1');
}
