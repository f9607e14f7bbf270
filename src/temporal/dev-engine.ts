import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporal } from './find-executable';

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
 * @throws TemporalNotFound with everything that was tried
 */
export async function startDevEngine(options: DevEngineOptions): Promise<DevEngine> {
  const { database, port, uiPort, progress } = options;
  await mkdir(dirname(database), { recursive: true });
  const found = await findTemporal({ explicit: options.executable, env: process.env, progress });
  const executable =
    'path' in found
      ? ({ type: 'existing-path', path: found.path } as const)
      : ({ type: 'cached-download', downloadDir: found.directory, ttl: '365 days' } as const);
  const environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable,
      ip: '127.0.0.1',
      port,
      uiPort,
      ui: true,
      dbFilename: database,
      namespace: 'default',
    },
  });
  await environment.client.workflowService.updateNamespace({
    namespace: 'default',
    config: { workflowExecutionRetentionTtl: { seconds: (RETENTION_DAYS * 24 * 3600) as never } },
  });
  return {
    address: environment.address,
    namespace: 'default',
    uiUrl: `http://127.0.0.1:${uiPort}`,
    stop: () => environment.teardown(),
  };
}
