import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { type LocalTestWorkflowEnvironmentOptions, TestWorkflowEnvironment } from '@temporalio/testing';
import { EngineUnreachable } from './connection';
import { type FoundTemporal, findTemporal, TemporalNotFound } from './find-executable';

export interface DevEngineOptions {
  /** SQLite file that outlives the process. */
  database: string;
  port: number;
  uiPort: number;
  /** Path of the `temporal` executable; otherwise it is looked for. */
  executable?: string;
  progress: (line: string) => void;
}

export interface DevEngine {
  address: string;
  namespace: string;
  uiUrl: string;
  stop(): Promise<void>;
}

/** Outcomes stay readable for a quarter of a year; the server's own default is one day. */
const RETENTION_DAYS = 90;

/**
 * Starts Temporal's development server on loopback, as a child of this process.
 * One that an earlier start left running on that port is used as it is, and left running.
 * @throws TemporalNotFound with everything that was tried; EngineUnreachable when another program has the port
 */
export async function startDevEngine(options: DevEngineOptions): Promise<DevEngine> {
  const { database, port, uiPort, progress } = options;
  const uiUrl = `http://127.0.0.1:${uiPort}`;
  const address = `127.0.0.1:${port}`;
  if (await isTaken(port)) {
    await expectTemporal(address);
    progress(`An engine serves at ${address} already (left by an earlier start?): using that one.`);
    return { address, namespace: 'default', uiUrl, stop: async () => undefined };
  }
  await mkdir(dirname(database), { recursive: true });
  const found = await findTemporal({ explicit: options.executable, env: process.env, progress });
  const environment = await serve(found, {
    ip: '127.0.0.1',
    port,
    uiPort,
    ui: true,
    dbFilename: database,
    namespace: 'default',
  });
  await environment.client.workflowService.updateNamespace({
    namespace: 'default',
    config: { workflowExecutionRetentionTtl: { seconds: (RETENTION_DAYS * 24 * 3600) as never } },
  });
  return {
    address: environment.address,
    namespace: 'default',
    uiUrl,
    stop: () => environment.teardown(),
  };
}

type ServerOptions = NonNullable<LocalTestWorkflowEnvironmentOptions['server']>;

async function serve(found: FoundTemporal, options: ServerOptions): Promise<TestWorkflowEnvironment> {
  if ('path' in found) {
    const executable = { type: 'existing-path', path: found.path } as const;
    return TestWorkflowEnvironment.createLocal({ server: { executable, ...options } });
  }
  await mkdir(found.directory, { recursive: true });
  const executable = { type: 'cached-download', downloadDir: found.directory, ttl: '365 days' } as const;
  try {
    return await TestWorkflowEnvironment.createLocal({ server: { executable, ...options } });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TemporalNotFound("Temporal's executable was not found, and could not be downloaded:", [
      ...found.tried,
      `the official download: ${why}`,
    ]);
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host: '127.0.0.1', port });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

async function expectTemporal(address: string): Promise<void> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '3s' });
    await connection.close();
  } catch (error) {
    throw new EngineUnreachable(`${address}, where another program has the port (see --port),`, error);
  }
}
