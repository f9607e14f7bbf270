import { engineSettings } from '../../temporal/connection';
import { relayToEngine } from '../../temporal/engine-relay';

/**
 * `landfall engine`: the remote end of `controller: ssh://…`. Standard input and output are the connection, so nothing
 * else is printed there. @returns the exit code
 */
export async function engineCommand(): Promise<number> {
  await relayToEngine(engineSettings().address, process.stdin, process.stdout);
  return 0;
}
