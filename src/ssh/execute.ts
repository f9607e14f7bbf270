import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { ClientChannel } from 'ssh2';
import { fail } from '../deployment/failures';
import { poll } from '../timing/poll';
import type { Connection } from './connection';
import { printedBy } from './printed';
import { commandLine } from './quote';

export interface ExecuteOptions {
  /** Written to standard input, which is then closed. */
  stdin?: string | Buffer | Readable;
  /** Closes the channel; the command on the host may continue. */
  signal?: AbortSignal;
  /** Bytes of standard output; more is an error. */
  outputLimit?: number;
}

export interface Executed {
  /** Exit status; null when a signal ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  /** At most the last 64 KiB. */
  stderr: string;
}

const OUTPUT_LIMIT = 2 * 1024 * 1024;
const STDERR_LIMIT = 64 * 1024;

/** Attempts after a server has refused even its only session; with the pauses, 4 s. */
const MOST_REFUSALS = 12;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Runs one command on a host and waits for its end.
 * @throws OutcomeUnknown when the connection or the channel is lost, or the signal aborted, before an exit
 *   status came. The command may have acted or not; the caller asks the host
 * @throws HostUnreachable when the server opens no session: nothing was started
 * @throws CommandFailed for more output than the limit
 */
export async function execute(
  connection: Connection,
  words: string[],
  options: ExecuteOptions = {},
): Promise<Executed> {
  const command = commandLine(words);
  const signal = options.signal ?? new AbortController().signal;
  const output = new Output(connection, options.outputLimit ?? OUTPUT_LIMIT);
  let refusals = 0;
  let pause = 0;
  const inSession = async () => {
    await connection.slots.acquire(signal);
    try {
      return await connection.exec(command, signal, (channel) =>
        talk(connection, channel, signal, output, options.stdin),
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Others hold the server's sessions: the next slot is free when theirs end.
      if (connection.slots.lower()) pause = 0;
      // No session is open here, so the server has not yet removed the previous one.
      else {
        refusals += 1;
        if (refusals > MOST_REFUSALS) throw noSession(connection, error);
        pause = Math.min(2 ** refusals, LONGEST_PAUSE_MS);
      }
      return null;
    } finally {
      connection.slots.release();
    }
  };
  try {
    return await poll(inSession, { pause: () => pause, signal });
  } catch (error) {
    if (signal.aborted) throw lost(connection, whyAborted(signal), output);
    if (error instanceof ApplicationFailure) throw error;
    throw lost(connection, error instanceof Error ? error.message : String(error), output);
  }
}

/** The output of a command so far. */
class Output {
  private readonly out: Buffer[] = [];
  private size = 0;
  private err = Buffer.alloc(0);

  constructor(
    private readonly connection: Connection,
    private readonly limit: number,
  ) {}

  /** @throws CommandFailed beyond the limit */
  add(chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.limit) throw tooMuch(this.connection, this.limit);
    this.out.push(chunk);
  }

  addError(chunk: Buffer): void {
    this.err = Buffer.concat([this.err, chunk]).subarray(-STDERR_LIMIT);
  }

  get stdout(): string {
    return Buffer.concat(this.out).toString('utf8');
  }

  get stderr(): string {
    return this.err.toString('utf8');
  }
}

function talk(
  connection: Connection,
  channel: ClientChannel,
  signal: AbortSignal,
  output: Output,
  stdin: ExecuteOptions['stdin'],
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    let ended: { code: number | null; signal: string | null } | null = null;
    const giveUp = (error: unknown) => {
      reject(error);
      channel.close();
    };
    const onAbort = () => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    channel.on('data', (chunk: Buffer) => {
      try {
        output.add(chunk);
      } catch (error) {
        giveUp(error);
      }
    });
    channel.stderr.on('data', (chunk: Buffer) => output.addError(chunk));
    channel.on('exit', (code: number | null, signalName?: string) => {
      ended = { code, signal: signalName ?? null };
    });
    channel.on('error', (error: Error) => giveUp(error));
    // A lost socket closes the channel without an exit status, and not always with an error.
    channel.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      if (ended === null) reject(new Error(connection.whyEnded));
      else resolve({ ...ended, stdout: output.stdout, stderr: output.stderr });
    });
    sendInput(channel, stdin).catch((error: Error) => {
      // A command may end without reading its input; its exit status says how it ended.
      if (!isBrokenPipe(error)) giveUp(error);
    });
  });
}

async function sendInput(channel: ClientChannel, stdin: ExecuteOptions['stdin']): Promise<void> {
  if (stdin === undefined) channel.end();
  else if (stdin instanceof Readable) await pipeline(stdin, channel.stdin);
  else channel.end(stdin);
}

/** The server's answer to one session more than it allows; a `reason` as in RFC 4254, 5.1. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'reason' in error;
}

function isBrokenPipe(error: Error & { code?: string }): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function whyAborted(signal: AbortSignal): string {
  const { reason } = signal;
  return reason instanceof Error && reason.name === 'TimeoutError'
    ? 'it took too long'
    : 'the step was ended';
}

function lost(connection: Connection, why: string, output: Output): Error {
  const { host: name } = connection.login;
  const printed = printedBy(output);
  const said = printed === '' ? '' : ` Until then the host printed: ${printed}`;
  return fail('OutcomeUnknown', `No answer from ${name}: ${why}.${said}`, {
    host: name,
    advice: 'Wait: Landfall retries the step, and asks the host first what happened.',
  });
}

function noSession(connection: Connection, error: Error): Error {
  const { host: name } = connection.login;
  return fail('HostUnreachable', `The SSH server of ${name} opens no session: ${error.message}.`, {
    host: name,
    advice: 'Check MaxSessions in its sshd_config. Check whether an earlier command still hangs there.',
  });
}

function tooMuch(connection: Connection, limit: number): Error {
  const { host: name } = connection.login;
  return fail('CommandFailed', `${name} answered with more than ${limit} bytes.`, {
    host: name,
    advice: 'Please report this: no answer should be that long.',
  });
}
