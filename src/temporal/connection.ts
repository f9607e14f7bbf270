import {
  Client,
  Connection,
  type ConnectionOptions,
  isGrpcServiceError,
  NamespaceNotFoundError,
} from '@temporalio/client';
import { defaultFailureConverter, type LoadedDataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ExpectedError } from '../text/expected-error';
import { payloadConverter } from './payload-converter';

/**
 * Where workers take Landfall's work from, and clients put it: workers with other keys, for other hosts, have
 * a task queue of their own.
 * @throws ExpectedError for a name that the engine would refuse
 */
export function taskQueueFrom(env: NodeJS.ProcessEnv): string {
  const name = env.LANDFALL_TASK_QUEUE ?? 'landfall';
  if (/^[\w.-]{1,100}$/.test(name)) return name;
  throw new ExpectedError([
    'LANDFALL_TASK_QUEUE is not the name of a task queue.',
    'Use letters, digits, dots, hyphens and underscores, at most 100.',
  ]);
}

/** The engine did not answer: nothing was started, nothing changed. */
export class EngineUnreachable extends ExpectedError {
  override readonly name = 'EngineUnreachable';

  constructor(address: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      [
        `The Temporal engine at ${address} cannot be reached (${why}). Nothing was started.`,
        'Start one with: landfall dev   or name yours in TEMPORAL_ADDRESS (and namespace, TLS, API key).',
      ],
      { cause },
    );
  }
}

/** The engine's settings cannot be read. */
export class EngineSettingsWrong extends ExpectedError {
  override readonly name = 'EngineSettingsWrong';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      [
        `The settings of the Temporal engine cannot be read (${why}). Nothing was started.`,
        'Correct TEMPORAL_PROFILE, the other TEMPORAL_ variables, or the file that TEMPORAL_CONFIG_FILE names.',
      ],
      { cause },
    );
  }
}

interface EngineSettings {
  address: string;
  namespace: string;
  options: ConnectionOptions;
}

/**
 * The ordinary Temporal environment configuration: `TEMPORAL_*` variables and profiles; a local engine by default.
 * @throws EngineSettingsWrong
 */
export function engineSettings(): EngineSettings {
  const { connectionOptions, namespace } = readSettings();
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  return { address, namespace: namespace ?? 'default', options: { ...connectionOptions, address } };
}

function readSettings() {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw new EngineSettingsWrong(error);
  }
}

/** A CI job shall learn within seconds that nothing was started. */
const CONNECT_TIMEOUT = '10s';

/** As a value, because a bundle of the client has no files that the SDK could load by their path. */
const dataConverter: LoadedDataConverter = {
  payloadConverter,
  failureConverter: defaultFailureConverter,
  payloadCodecs: [],
};

/** @throws EngineUnreachable; EngineSettingsWrong */
export async function connectClient(): Promise<Client> {
  const { address, namespace, options } = engineSettings();
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT });
    return new Client({ connection, namespace, dataConverter });
  } catch (error) {
    throw new EngineUnreachable(address, error);
  }
}

/**
 * Names one engine for as long as its database lives. Asked of the namespace, because a credential that
 * is good for one namespace alone may not ask about the cluster.
 * @throws NamespaceNotFoundError
 */
export async function engineName(client: Client): Promise<string> {
  const { namespace } = client.options;
  try {
    const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace });
    return `${namespaceInfo?.id}/${namespace}`;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) throw new NamespaceNotFoundError(namespace);
    throw error;
  }
}

/** gRPC's number for it. */
const NOT_FOUND = 5;
