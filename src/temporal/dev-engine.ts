import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { type LocalTestWorkflowEnvironmentOptions, TestWorkflowEnvironment } from '@temporalio/testing';
import { makePrivate } from '../controller/private-files';
import { SEARCH_ATTRIBUTES } from '../deployment/search-attributes';
import { ExpectedError } from '../text/expected-error';
import { readRecord, writeRecord } from './engine-record';
import { type FoundTemporal, findTemporal, TemporalNotFound } from './find-executable';
import { listenersOn } from './listeners';
import { hiddenUiAddress, openUiDoor, type UiAddress, type UiDoor } from './ui-door';

export interface DevEngineOptions {
  /** SQLite file that outlives the process. */
  database: string;
  port: number;
  /** null: without the Temporal UI. */
  uiPort: number | null;
  /** Path of the `temporal` executable; otherwise it is looked for. */
  executable?: string;
  progress: (line: string) => void;
}

export interface DevEngine {
  address: string;
  namespace: string;
  /** null: the engine has no UI, or its address is unknown. */
  uiUrl: string | null;
  stop(): Promise<void>;
}

/** The port is taken by what is not this user's engine of this database. */
export class PortTaken extends ExpectedError {
  override readonly name = 'PortTaken';
}

const NAMESPACE = 'default';

/** Outcomes stay readable for a quarter of a year; the server's own default is one day. */
const RETENTION_DAYS = 90;

/**
 * Starts Temporal's development server on loopback, as a child of this process, for this user alone.
 * An engine that an earlier start left running is used as it is, and left running. That engine must be a
 * process of this user, and serve this database.
 * @throws TemporalNotFound with everything that was tried; PortTaken when another program, user or
 *   database has the port; NotPrivate for a database of another user
 */
export async function startDevEngine(options: DevEngineOptions): Promise<DevEngine> {
  const { database, port, progress } = options;
  const address = `127.0.0.1:${port}`;
  if (await isTaken(port)) return engineThere(options, address);
  await mkdir(dirname(database), { recursive: true, mode: 0o700 });
  for (const part of ['', '-wal', '-shm']) await makePrivate(`${database}${part}`, 0o600);
  const found = await findTemporal({ explicit: options.executable, env: process.env, progress });
  const ui = options.uiPort === null ? null : await hiddenUiAddress();
  const environment = await privately(() => serve(found, serverOptions(options, ui)));
  try {
    const { workflowService } = environment.client;
    const { namespaceInfo } = await workflowService.describeNamespace({ namespace: NAMESPACE });
    await writeRecord(database, { namespaceId: namespaceInfo?.id ?? '', address: environment.address, ui });
    await workflowService.updateNamespace({
      namespace: NAMESPACE,
      config: { workflowExecutionRetentionTtl: { seconds: (RETENTION_DAYS * 24 * 3600) as never } },
    });
    const door = ui === null ? null : await openDoor(options.uiPort ?? 0, ui);
    return {
      address: environment.address,
      namespace: NAMESPACE,
      uiUrl: door?.url ?? null,
      stop: async () => {
        await door?.close();
        await environment.teardown();
      },
    };
  } catch (error) {
    await environment.teardown();
    throw error;
  }
}

type ServerOptions = NonNullable<LocalTestWorkflowEnvironmentOptions['server']>;

function serverOptions({ database, port }: DevEngineOptions, ui: UiAddress | null): ServerOptions {
  return {
    ip: '127.0.0.1',
    port,
    ui: ui !== null,
    ...(ui === null ? {} : { uiPort: ui.port }),
    dbFilename: database,
    namespace: NAMESPACE,
    searchAttributes: SEARCH_ATTRIBUTES,
    extraArgs: [
      // Its greeting names the address behind the door, which stays secret.
      '--output',
      'none',
      ...(ui === null ? [] : ['--ui-ip', ui.host]),
      // The server also opens an HTTP API, which cannot be left out and takes requests from any web page. A
      // random name is the only one that the API answers to.
      '--dynamic-config-value',
      `frontend.httpAllowedHosts=["${randomBytes(16).toString('hex')}.invalid"]`,
      // Its own paths on that port are not covered by the above, and Landfall has no use for it.
      '--dynamic-config-value',
      'system.enableNexus=false',
    ],
  };
}

/** Files that are made meanwhile, by child processes too, are for this user alone. */
async function privately<T>(start: () => Promise<T>): Promise<T> {
  const before = process.umask(0o077);
  try {
    return await start();
  } finally {
    process.umask(before);
  }
}

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

async function openDoor(port: number, ui: UiAddress): Promise<UiDoor> {
  try {
    return await openUiDoor(port, ui);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PortTaken([
      `The Temporal UI cannot listen on 127.0.0.1:${port} (${why}).`,
      'Choose another port: landfall dev --ui-port <port>. Or leave the UI out: landfall dev --no-ui',
    ]);
  }
}

/**
 * The address of an engine that serves a database now: two engines must not share a database.
 * @returns null: none serves there that is known
 */
export async function addressOfEngine(database: string): Promise<string | null> {
  const known = await readRecord(database);
  if (known === null || known.address === null) return null;
  const served = await namespaceIdAt(known.address).catch(() => null);
  return served === known.namespaceId ? known.address : null;
}

/** The engine that has the port, when it may be used. @throws PortTaken */
async function engineThere(options: DevEngineOptions, address: string): Promise<DevEngine> {
  const { database, port, uiPort, progress } = options;
  const users = await listenersOn(port);
  const user = process.getuid?.();
  // If the system does not name the owner, the record decides, because only this user can write it.
  if (users !== null && (users.size !== 1 || !users.has(user ?? -1))) {
    const whose = users.size === 0 ? 'a program outside of this machine' : `user ${[...users].join(', ')}`;
    throw taken(address, `belongs to ${whose}, and Landfall uses only an engine of its own user (${user})`);
  }
  const served = await namespaceIdAt(address);
  const known = await readRecord(database);
  if (known?.namespaceId !== served) {
    throw taken(address, `is served by another engine, not by the one of ${database}`);
  }
  progress(`An engine serves at ${address} already (left by an earlier start?): using that one.`);
  // Without a door of its own only when the earlier start still has it.
  const door =
    uiPort === null || known.ui === null ? null : await openUiDoor(uiPort, known.ui).catch(() => null);
  return {
    address,
    namespace: NAMESPACE,
    uiUrl: uiPort === null || known.ui === null ? null : `http://127.0.0.1:${uiPort}`,
    stop: async () => door?.close(),
  };
}

async function namespaceIdAt(address: string): Promise<string> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '3s' });
    try {
      const { namespaceInfo } = await connection.withDeadline(Date.now() + 3_000, () =>
        connection.workflowService.describeNamespace({ namespace: NAMESPACE }),
      );
      return namespaceInfo?.id ?? '';
    } finally {
      await connection.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw taken(address, `is served by another program (${why})`);
  }
}

function taken(address: string, why: string): PortTaken {
  return new PortTaken([
    `The port ${address} ${why}.`,
    'Stop the program that listens there, or choose another port: landfall dev --port <port>',
  ]);
}

export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ host: '127.0.0.1', port });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
