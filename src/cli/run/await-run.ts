import type { Client } from '@temporalio/client';
import { isEngineError } from '../../temporal/engine-error';
import { poll } from '../../timing/poll';
import { EXIT } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';
import { outagesSince } from '../output/run-lines';
import { EngineOutage } from './engine-outage';
import { describeRun, type RunInfo, runSummary } from './run-info';
import { StallWatch } from './stall-watch';

const LOOK_INTERVAL_MS = 1_000;

/** When the engine is lost for too long. */
const LEAVES = {
  saying: 'Nothing new was started. Run the same command to wait again.',
  exitCode: EXIT.engineUnreachable,
};

/**
 * Waits until another run is as wanted. Meanwhile prints its state, and whether a worker is missing. The wait has
 * no limit, because the run has none.
 * @returns the run as it was then
 * @throws CommandError when the engine is lost
 */
export async function awaitRun(
  client: Client,
  { workflowId, runId }: RunInfo,
  out: ConsoleOutput,
  isAsWanted: (now: RunInfo) => boolean | Promise<boolean>,
): Promise<RunInfo> {
  const stall = new StallWatch(client, out, 'the deploy', workflowId);
  const outage = new EngineOutage(out, LEAVES);
  let before: RunInfo | null = null;
  const look = async (): Promise<RunInfo | null> => {
    try {
      const now = await describeRun(client, workflowId, runId);
      outage.answered();
      if (await isAsWanted(now)) return now;
      tell(now, before, out);
      before = now;
      await stall.look();
    } catch (error) {
      if (!isEngineError(error)) throw error;
      outage.noAnswer(error);
    }
    return null;
  };
  return poll(look, { pause: LOOK_INTERVAL_MS });
}

function tell(now: RunInfo, before: RunInfo | null, out: ConsoleOutput): void {
  const { status, doing } = now;
  if (status === null || status.phase === 'ended') return;
  if (before !== null && status.phase !== before.status?.phase)
    out.say(`  The deploy is in its ${status.phase} phase now.`);
  for (const line of outagesSince(before?.status ?? null, status)) out.say(line);
  out.progress(`  … waiting for ${runSummary(now)}${doing === '' ? '' : `: ${doing}`}`);
}
