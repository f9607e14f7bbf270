import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { engineSettings } from './connection';
import { EngineUnreachable } from './unreachable';

/**
 * The worker's own connection: the SDK's native one, which clients do without.
 * @throws EngineUnreachable
 */
export async function connectWorker(): Promise<{ connection: NativeConnection; namespace: string }> {
  const { address, namespace, options } = engineSettings();
  try {
    return { connection: await NativeConnection.connect(options as NativeConnectionOptions), namespace };
  } catch (error) {
    throw new EngineUnreachable(address, error);
  }
}
