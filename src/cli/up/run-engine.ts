/** The engine that a run of `landfall up` uses. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { type ControllerAddress, controllerText } from '../../config/controller-address';
import { privateDirectory } from '../../controller/private-files';
import { output } from '../../output/output';
import { connectClient, connectEngine, controllerFrom, engineSettings } from '../../temporal/connection';
import { addressOfEngine, isTaken } from '../../temporal/dev-engine';
import { freePort } from '../../temporal/free-port';
import { pollersOf } from '../../temporal/worker-there';
import { stateDirectory } from '../../worker';
import { startDev } from './dev-process';

export type EngineKind =
  /** `controller:`, or an engine that the environment names: its worker is elsewhere. */
  | 'elsewhere'
  /** `landfall dev` of this user runs already. */
  | 'running'
  /** Started for this run alone. */
  | 'own';

export interface RunEngine {
  kind: EngineKind;
  client: Client;
  /** For the plan. */
  words: string;
  /** Ends what was started for this run. Safe to call twice. */
  stop(): Promise<void>;
}

const USUAL_PORT = 7233;

/**
 * Connects the engine, and starts one where none is configured. Changes nothing else.
 * @throws EngineUnreachable; ControllerUnreachable; CommandError for an engine that does not start
 */
export async function engineForRun(written: ControllerAddress | null): Promise<RunEngine> {
  if (isElsewhere(written)) {
    const controller = controllerFrom(process.env, written);
    const client = await connectClient(written);
    const name = controller === null ? engineSettings().address : controllerText(controller);
    return { kind: 'elsewhere', client, words: name, stop: async () => client.connection.close() };
  }
  const state = stateDirectory(process.env);
  await privateDirectory(state);
  const database = join(state, 'temporal.db');
  const serving = await addressOfEngine(database);
  if (serving !== null) {
    process.env.TEMPORAL_ADDRESS = serving;
    const client = await connectEngine();
    if (await hasWorker(client)) {
      const words = `landfall dev, which runs at ${serving}`;
      return { kind: 'running', client, words, stop: async () => client.connection.close() };
    }
    await client.connection.close();
  }
  const port = serving === null ? await portForEngine() : Number(serving.replace(/^.*:/, ''));
  const dev = await startDev({ port, database }, output);
  process.env.TEMPORAL_ADDRESS = dev.address;
  const client = await connectEngine();
  return {
    kind: 'own',
    client,
    words: `on this machine for this run, with the database of landfall dev (${database})`,
    stop: async () => {
      await client.connection.close();
      await dev.stop();
    },
  };
}

/** Whether an engine is configured, so that its worker has keys and known hosts of its own. */
export function isElsewhere(written: ControllerAddress | null): boolean {
  return controllerFrom(process.env, written) !== null || isNamed(process.env);
}

function isNamed({ TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE }: NodeJS.ProcessEnv): boolean {
  return Boolean(TEMPORAL_ADDRESS || TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE);
}

async function portForEngine(): Promise<number> {
  return (await isTaken(USUAL_PORT)) ? freePort() : USUAL_PORT;
}

/** The engine names workers for minutes after their end, so their processes are looked for. */
async function hasWorker(client: Client): Promise<boolean> {
  const pollers = await pollersOf(client);
  return pollers.some(({ identity }) => {
    const [, host, pid] = /^landfall@(\S+) (\d+) /.exec(identity ?? '') ?? [];
    return host === hostname() && isAlive(Number(pid));
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
