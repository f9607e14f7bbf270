import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { type Engine, startEngine } from './index';

/** Names the engine that `npm test` has started for all files of its run. */
export const WARM_ENGINE = 'LANDFALL_TEST_ENGINE';

/** The part of an engine that a test uses which leaves the engine itself alone. */
export type WarmEngine = Pick<Engine, 'address' | 'namespace' | 'stop'>;

/**
 * A namespace of its own on the engine of this run; a file that runs alone starts an engine. A test that
 * kills its engine takes startEngine.
 */
export async function warmEngine(): Promise<WarmEngine> {
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
