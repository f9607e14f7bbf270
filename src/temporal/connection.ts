import { Channel } from '@grpc/grpc-js';
import {
  Client,
  Connection,
  type ConnectionOptions,
  isGrpcServiceError,
  NamespaceNotFoundError,
} from '@temporalio/client';
import { defaultFailureConverter, type LoadedDataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import {
  CONTROLLER_FORM,
  type ControllerAddress,
  controllerText,
  parseController,
} from '../config/controller-address';
import { ExpectedError } from '../text/expected-error';
import { ControllerLine } from './over-ssh';
import { payloadConverter } from './payload-converter';
import { ControllerUnreachable, EngineUnreachable } from './unreachable';

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

/** Over SSH a login may pass several machines. */
const SSH_CONNECT_TIMEOUT = '30s';

/** The engine that the settings name. @throws EngineUnreachable; EngineSettingsWrong */
export async function connectEngine(): Promise<Client> {
  const { address, namespace, options } = engineSettings();
  try {
    const connection = await Connection.connect({ ...options, connectTimeout: CONNECT_TIMEOUT });
    return new Client({ connection, namespace, dataConverter });
  } catch (error) {
    throw new EngineUnreachable(address, error);
  }
}

/**
 * The controller that a command goes to over SSH; null: straight to the engine. `LANDFALL_CONTROLLER` counts first. An
 * engine that the environment names counts before `landfall.yaml`, so commands on the controller itself need no SSH.
 * @param written `controller:` of landfall.yaml
 * @throws ExpectedError for a wrong `LANDFALL_CONTROLLER`
 */
export function controllerFrom(
  env: NodeJS.ProcessEnv,
  written: ControllerAddress | null,
): ControllerAddress | null {
  const named = env.LANDFALL_CONTROLLER ?? '';
  if (named !== '') {
    const parsed = parseController(named);
    if (parsed !== null) return parsed;
    throw new ExpectedError([
      'LANDFALL_CONTROLLER is not the address of a controller.',
      `Write ${CONTROLLER_FORM}`,
    ]);
  }
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = env;
  return TEMPORAL_ADDRESS || TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE ? null : written;
}

/**
 * The engine for a command, over SSH where {@link controllerFrom} says so.
 * @throws EngineUnreachable; ControllerUnreachable; EngineSettingsWrong
 */
export async function connectClient(written: ControllerAddress | null): Promise<Client> {
  const controller = controllerFrom(process.env, written);
  return controller === null ? connectEngine() : connectOver(controller);
}

const overSsh = new WeakSet<Client>();

/** Whether the engine of this client may have its UI on this machine. */
export function isOfThisMachine(client: Client): boolean {
  return !overSsh.has(client) && process.env.TEMPORAL_ADDRESS === undefined;
}

async function connectOver(controller: ControllerAddress): Promise<Client> {
  const { namespace } = engineSettings();
  const line = await ControllerLine.to(controller);
  try {
    const connecting = Connection.connect({
      connectTimeout: SSH_CONNECT_TIMEOUT,
      // The SDK takes no path of a socket as an address.
      channelArgs: {
        channelFactoryOverride: (...[, credentials, options]: ConstructorParameters<typeof Channel>) =>
          new Channel(`unix:${line.socketPath}`, credentials, options),
      },
    });
    const connection = await Promise.race([connecting, line.refused]);
    const client = new Client({ connection, namespace, dataConverter });
    overSsh.add(client);
    return client;
  } catch (error) {
    line.close();
    if (error instanceof ControllerUnreachable) throw error;
    const name = controllerText(controller);
    throw new EngineUnreachable(name, error, `Look at the controller: landfall controller status`);
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
