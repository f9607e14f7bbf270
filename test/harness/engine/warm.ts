import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import type { Reachable } from './connect';
import { type Engine, startEngine } from './index';

/** Names the engine that `npm test` has started for all files of its run. */
export const WARM_ENGINE = 'LANDFALL_TEST_ENGINE';

/** The part of an engine that a test uses which leaves the engine itself alone. */
export type WarmEngine = Reachable & Pick<Engine, 'stop'>;

/** Names namespaces of a cluster that the run of the tests has made for one file: a list of settings, as JSON. */
export const CLUSTER_NAMESPACES = 'LANDFALL_TEST_CLUSTER_NAMESPACES';

let taken = 0;

/**
 * A namespace of its own on the engine of this run; a file that runs alone starts an engine. A test that
 * kills its engine takes startEngine.
 */
export async function warmEngine(): Promise<WarmEngine> {
  const prepared = process.env[CLUSTER_NAMESPACES];
  if (prepared !== undefined) return inCluster(nextOf(JSON.parse(prepared)));
  const address = process.env[WARM_ENGINE];
  if (address === undefined) return startEngine();
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      // Longer than any run of the tests.
      workflowExecutionRetentionPeriod: msToTs('24h'),
    });
  } finally {
    await connection.close();
  }
  return { address, namespace, stop: async () => undefined };
}

function nextOf(prepared: Record<string, string>[]): Record<string, string> {
  const settings = prepared[taken++];
  if (settings === undefined) throw new Error(`This file needs more than ${prepared.length} namespaces.`);
  return settings;
}

/** The engine that Temporal's variables name. */
export function inCluster(settings: Record<string, string>): WarmEngine {
  const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = settings;
  return { address, namespace, settings, stop: async () => undefined };
}
