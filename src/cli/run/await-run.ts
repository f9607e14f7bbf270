import type { Client } from '@temporalio/client';
import { isEngineError } from '../../temporal/engine-error';
import { EXIT } from '../exit-codes';
import type { ConsoleOutput } from '../output/console-output';
import { outagesSince } from '../output/report';
import { EngineOutage } from './engine-outage';
import { describeRun, type RunInfo, runSummary } from './run-info';
import { StallWatch } from './stall-watch';

const LOOK_INTERVAL_MS = 1_000;

/** When the engine is lost for good. */
const LEAVES = {
  saying: 'Nothing new was started; the same command waits again.',
  exitCode: EXIT.engineUnreachable,
};

/**
 * Waits until a run of somebody else is as wanted, and tells meanwhile how it stands, and when no
 * worker is there to go on with it. It waits as long as it takes, because the run does too.
 * @returns how it stood then
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
  for (;;) {
    try {
      const now = await describeRun(client, workflowId, runId);
      outage.answered();
      if (await isAsWanted(now)) return now;
      tell(now, before, out);
      before = now;
      await stall.look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    } catch (error) {
      if (!isEngineError(error)) throw error;
      await outage.pass(error);
    }
  }
}

function tell(now: RunInfo, before: RunInfo | null, out: ConsoleOutput): void {
  const { status, doing } = now;
  if (status === null || status.phase === 'ended') return;
  if (before !== null && status.phase !== before.status?.phase)
    out.say(`  It is in its ${status.phase} phase now.`);
  for (const line of outagesSince(before?.status ?? null, status)) out.say(line);
  out.progress(`  … waiting for ${runSummary(now)}${doing === '' ? '' : `: ${doing}`}`);
}
