import { join } from 'node:path';
import { privateDirectory } from '../../controller/private-files';
import { output } from '../../output/output';
import { startDevEngine } from '../../temporal/dev-engine';
import { logFormFrom, logToStandardError } from '../../temporal/runtime';
import { stateDirectory } from '../../worker';
import { runWorker } from './worker';

export interface DevOptions {
  port: string;
  uiPort: string;
  ui: boolean;
  temporal?: string;
  database?: string;
}

/**
 * Another command may have started this one for as long as it runs itself. That one hears when the worker takes work.
 * Its end, in any way, ends this one.
 */
function followStarter(address: string): () => void {
  const { send } = process;
  if (send === undefined) return () => undefined;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  return () => send.call(process, { address });
}

/** `landfall dev`: an engine and a worker in one command, until Ctrl-C. @returns the exit code */
export async function devCommand(options: DevOptions): Promise<number> {
  logToStandardError(logFormFrom(process.env));
  await privateDirectory(stateDirectory(process.env));
  const engine = await startDevEngine({
    database: options.database ?? join(stateDirectory(process.env), 'temporal.db'),
    port: Number(options.port),
    uiPort: options.ui ? Number(options.uiPort) : null,
    executable: options.temporal,
    progress: (line) => output.say(line),
  });
  process.env.TEMPORAL_ADDRESS = engine.address;
  const isReady = followStarter(engine.address);
  output.say(`Engine: ${engine.address}   Temporal UI: ${engine.uiUrl ?? 'none'}`);
  try {
    await runWorker(isReady);
  } finally {
    await engine.stop();
  }
  return 0;
}
