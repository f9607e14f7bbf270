/** A real Temporal dev server for tests, on a free port of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Connection } from '@temporalio/client';
import { freePort } from '../../../src/temporal/free-port';
import { poll } from '../../../src/timing/poll';
import { endWithUs } from '../end-with-us';
import { ensureTemporal } from './build-temporal';

export interface Engine {
  /** `127.0.0.1:PORT` for clients and workers. */
  address: string;
  namespace: string;
  uiUrl: string | null;
  pid: number;
  /** Kills it as a crash would; start another on the same `dbFile` and port to continue. */
  kill9(): Promise<void>;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** Keeps state over a crash; default: in memory. */
  dbFile?: string;
  /** Default: a free one. */
  port?: number;
  /** Default false. */
  ui?: boolean;
}

const namespace = 'default';
/** The engine serves in under a second; a busy machine takes longer. */
const startLimitSeconds = 60;
/** The engine may finish its writes first. */
const stopLimitSeconds = 10;
/** Of what it prints, for the error when it does not start. */
const outputKept = 4000;

/** Looked for once in a process. */
let executable: Promise<string> | undefined;

/** Starts it and waits until it serves. It ends with this process, however this process ends. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  executable ??= ensureTemporal((line) => console.error(line));
  const program = await executable;
  // On a taken port we would wait for a foreign engine.
  const port = await freePort(options.port);
  const uiPort = options.ui ? await freePort() : null;
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
  if (options.dbFile !== undefined) args.push('--db-filename', options.dbFile);
  args.push(...(uiPort === null ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]));

  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = lastOutput(server);
  const { pid } = server;
  if (pid === undefined) throw new Error(`${program} could not be started.`);
  endWithUs(server);
  for (const stream of [server, server.stdout as Socket, server.stderr as Socket]) stream.unref();
  const engine: Engine = {
    address: `127.0.0.1:${port}`,
    namespace,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    pid,
    kill9: () => end(server, 'SIGKILL'),
    stop: () => end(server, 'SIGTERM'),
  };
  try {
    await waitUntilServing(engine.address, server);
  } catch (error) {
    await engine.kill9();
    throw new Error(`Temporal did not start: ${error}. Its output ended with:\n${output()}`);
  }
  return engine;
}

async function waitUntilServing(address: string, server: ChildProcess): Promise<void> {
  let last: unknown = new Error('it does not serve');
  const look = async () => {
    if (hasEnded(server)) throw new Error('it ended');
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      // The port is open before the namespace can be used.
      await connection.workflowService.describeNamespace({ namespace }).finally(() => connection.close());
      return true;
    } catch (error) {
      last = error;
      return null;
    }
  };
  if ((await poll(look, { pause: 50, limit: startLimitSeconds * 1000 })) === null) throw last;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(server)) return;
  const ended = once(server, 'exit');
  server.ref();
  server.kill(signal);
  const timer = setTimeout(() => server.kill('SIGKILL'), stopLimitSeconds * 1000);
  await ended;
  clearTimeout(timer);
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

/** Reads all that it prints, so that it never blocks, and keeps the end. */
function lastOutput(server: ChildProcess): () => string {
  let text = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-outputKept);
    });
  }
  return () => text;
}
