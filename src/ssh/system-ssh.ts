/**
 * The system's own `ssh`, for machines that a person administers: aliases, jumps, agents, certificates and questions
 * work as on the command line.
 */
import { spawn } from 'node:child_process';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ExpectedError } from '../text/expected-error';
import { linesOf } from '../text/safe-text';
import { type SshTarget, sshCommandLine } from './command-line';
import { keyFiles } from './config/places';

/** `ops`, `deploy@ops`, `deploy@ops:2222`, `[::1]:22`, `ssh://deploy@ops`. @returns null for anything else. Pure */
export function parseSshTarget(text: string): SshTarget | null {
  const form =
    /^(?:ssh:\/\/)?(?:([a-z_][a-z0-9_.-]{0,31})@)?(?:\[([0-9a-f:.]+)\]|([a-z0-9_][a-z0-9_.-]{0,252}))(?::(\d{1,5}))?$/i;
  const [all, user = null, bracketed, name, port = null] = form.exec(text) ?? [];
  const host = bracketed ?? name;
  if (all === undefined || host === undefined) return null;
  if (port !== null && (Number(port) < 1 || Number(port) > 65_535)) return null;
  return { host, user, port: port === null ? null : Number(port) };
}

/**
 * The arguments of `ssh`. Pure.
 * @param questions whether a person can answer: a passphrase, an unknown host key
 * @param env `LANDFALL_SSH_KEY` and `LANDFALL_KNOWN_HOSTS` have precedence, as for every other connection
 */
export function sshArguments(
  target: SshTarget,
  command: string,
  questions: boolean,
  env: NodeJS.ProcessEnv,
): string[] {
  const keys = keyFiles({ platform: process.platform, env });
  const options = [
    ...(questions ? [] : ['BatchMode=yes']),
    'ConnectTimeout=10',
    ...(keys.length > 0 ? ['IdentitiesOnly=yes'] : []),
    ...(env.LANDFALL_KNOWN_HOSTS === undefined ? [] : [`UserKnownHostsFile=${env.LANDFALL_KNOWN_HOSTS}`]),
  ];
  return sshCommandLine(target, command, options, keys);
}

/** The machine cannot be reached, or refuses the login. Nothing was done. */
export class SshFailed extends ExpectedError {
  override readonly name = 'SshFailed';
}

export interface SystemSshOptions {
  input: Readable;
  /** Gets standard output; a rejection ends the command. Default: output is kept, and returned. */
  take?: (output: Readable) => Promise<void>;
  signal?: AbortSignal;
}

export interface SshEnded {
  /** null: a signal ended `ssh` itself. */
  code: number | null;
  stdout: string;
  /** At most the last 64 KiB. */
  stderr: string;
}

const STDERR_LIMIT = 64 * 1024;
const STDOUT_LIMIT = 2 * 1024 * 1024;
/** OpenSSH's own code for an error of the connection. */
const CONNECTION_FAILED = 255;

/**
 * Runs one command there, and waits for its end. The command sees the end of the input.
 * @throws SshFailed when there is no `ssh`, no connection, or the connection was lost
 */
export async function systemSsh(
  target: SshTarget,
  command: string,
  options: SystemSshOptions,
): Promise<SshEnded> {
  const args = sshArguments(target, command, process.stdin.isTTY === true, process.env);
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'], signal: options.signal });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? noSsh() : error));
    child.once('close', (code) => resolve(code));
  });
  const stdout: Buffer[] = [];
  let size = 0;
  let stderr = Buffer.alloc(0);
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_LIMIT);
  });
  const keep = async (output: Readable) => {
    for await (const chunk of output) {
      size += (chunk as Buffer).length;
      if (size <= STDOUT_LIMIT) stdout.push(chunk as Buffer);
    }
  };
  // A command may end without reading its input; its exit status says how it ended.
  const sent = pipeline(options.input, child.stdin).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
  try {
    const [code] = await Promise.all([ended, sent, (options.take ?? keep)(child.stdout)]);
    if (code === CONNECTION_FAILED) throw notConnected(target, stderr.toString('utf8'));
    return { code, stdout: Buffer.concat(stdout).toString('utf8'), stderr: stderr.toString('utf8') };
  } finally {
    child.kill();
    // Its end is awaited above; after a failure elsewhere it says nothing more.
    ended.catch(() => undefined);
  }
}

function noSsh(): SshFailed {
  return new SshFailed(
    'The program ssh is missing on this machine. Install OpenSSH (Debian: apt-get install openssh-client).',
  );
}

function notConnected(target: SshTarget, said: string): SshFailed {
  const why = linesOf(said).filter((line) => line.trim() !== '');
  const place = target.user === null ? target.host : `${target.user}@${target.host}`;
  return new SshFailed([
    `ssh does not reach ${place}: ${why.at(-1) ?? 'it ended without a reason'}`,
    adviceFor(said, target),
  ]);
}

function adviceFor(said: string, target: SshTarget): string {
  if (/host key verification failed|host key .* (has changed|is not known)/i.test(said)) {
    return `Log in once by hand, and compare the host key with the machine's own: ${byHand(target)}`;
  }
  if (/permission denied/i.test(said)) {
    return 'Name the user (USER@HOST) and the key: LANDFALL_SSH_KEY, an agent, or IdentityFile in ~/.ssh/config.';
  }
  return `Check the name, and that this works: ${byHand(target)}`;
}

/** The bytes after the first line that is `marker`: what a login shell prints before is left out. */
export function after(marker: string): Transform {
  let head: Buffer | null = Buffer.alloc(0);
  const wanted = Buffer.from(`${marker}\n`);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (head === null) return done(null, chunk);
      head = Buffer.concat([head, chunk]);
      const at = head.indexOf(wanted);
      if (at < 0) {
        head = head.subarray(-wanted.length);
        return done();
      }
      const rest = head.subarray(at + wanted.length);
      head = null;
      done(null, rest);
    },
  });
}

function byHand({ user, host, port }: SshTarget): string {
  return `ssh ${port === null ? '' : `-p ${port} `}${user === null ? '' : `${user}@`}${host}`;
}
