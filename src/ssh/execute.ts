import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientChannel } from 'ssh2';
import { fail } from '../failures';
import type { Connection } from './connection';
import { commandLine } from './quote';

export interface ExecuteOptions {
  /** Written to standard input, which is then closed. */
  stdin?: Buffer | Readable;
  /** Closes the channel; what was started on the host may go on. */
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

/**
 * Runs one command on a host and waits for its end.
 * @throws OutcomeUnknown when the connection or the channel is lost before an exit status came:
 *   whatever it was doing may have happened, or not; the caller asks the host
 */
export async function execute(
  connection: Connection,
  words: string[],
  options: ExecuteOptions = {},
): Promise<Executed> {
  const channel = await openSession(connection, commandLine(words));
  try {
    return await talk(connection, channel, options);
  } finally {
    connection.slots.release();
  }
}

/** A session of the connection, waiting for a free one when the server allows only so many. */
async function openSession(connection: Connection, command: string): Promise<ClientChannel> {
  for (;;) {
    await connection.slots.acquire();
    try {
      return await connection.exec(command);
    } catch (error) {
      const lowered = isRefusal(error) && connection.slots.lower();
      connection.slots.release();
      if (!lowered) throw lost(connection, error instanceof Error ? error.message : String(error));
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /open failure/i.test(error.message);
}

function talk(connection: Connection, channel: ClientChannel, options: ExecuteOptions): Promise<Executed> {
  const { signal, outputLimit = OUTPUT_LIMIT } = options;
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    let size = 0;
    let stderr = Buffer.alloc(0);
    let ended: { code: number | null; signal: string | null } | null = null;
    const giveUp = (error: unknown) => {
      channel.close();
      reject(error);
    };
    const onAbort = () => giveUp(lost(connection, 'the step was ended'));
    channel.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputLimit) giveUp(tooMuch(connection, outputLimit));
      else stdout.push(chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_LIMIT);
    });
    channel.on('exit', (code: number | null, signalName?: string) => {
      ended = { code, signal: signalName ?? null };
    });
    // A lost socket closes the channel without an exit status, and not always with an error.
    channel.on('error', (error: Error) => giveUp(lost(connection, error.message)));
    channel.on('close', () => {
      signal?.removeEventListener('abort', onAbort);
      if (ended === null) reject(lost(connection, 'the connection was lost'));
      else resolve({ ...ended, stdout: Buffer.concat(stdout).toString('utf8'), stderr: stderr.toString('utf8') });
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    sendInput(channel, options.stdin).catch((error: Error) => {
      // A command that ends without reading its input is no loss; its exit status says how it ended.
      if (!isBrokenPipe(error)) giveUp(lost(connection, error.message));
    });
  });
}

async function sendInput(channel: ClientChannel, stdin: Buffer | Readable | undefined): Promise<void> {
  if (stdin === undefined) channel.end();
  else if (stdin instanceof Readable) await pipeline(stdin, channel.stdin);
  else channel.end(stdin);
}

function isBrokenPipe(error: Error & { code?: string }): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function lost(connection: Connection, why: string): Error {
  const { name } = connection.host;
  return fail('OutcomeUnknown', `No answer from ${name}: ${why}.`, {
    host: name,
    advice: 'It is tried again by itself; the host is asked first what happened.',
  });
}

function tooMuch(connection: Connection, limit: number): Error {
  const { name } = connection.host;
  return fail('CommandFailed', `${name} answered with more than ${limit} bytes.`, {
    host: name,
    advice: 'Please report this: no answer should be that long.',
  });
}
