import type { Client } from '@temporalio/client';
import { EXIT } from './exit-codes';
import { describeRun, type FoundRun, inWords } from './found-run';
import { isOfEngine, Patience } from './patience';
import { outagesSince } from './report';
import type { Screen } from './screen';
import { Standstill } from './standstill';

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
  { workflowId, runId }: FoundRun,
  screen: Screen,
  isAsWanted: (now: FoundRun) => boolean | Promise<boolean>,
): Promise<FoundRun> {
  const standstill = new Standstill(client, screen, 'the deploy', workflowId);
  const patience = new Patience(screen, LEAVES);
  let before: FoundRun | null = null;
  for (;;) {
    try {
      const now = await describeRun(client, workflowId, runId);
      patience.answered();
      if (await isAsWanted(now)) return now;
      tell(now, before, screen);
      before = now;
      await standstill.look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    } catch (error) {
      if (!isOfEngine(error)) throw error;
      await patience.pass(error);
    }
  }
}

function tell(now: FoundRun, before: FoundRun | null, screen: Screen): void {
  const { status, doing } = now;
  if (status === null || status.phase === 'ended') return;
  if (before !== null && status.phase !== before.status?.phase)
    screen.say(`  It is in its ${status.phase} phase now.`);
  for (const line of outagesSince(before?.status ?? null, status)) screen.say(line);
  screen.progress(`  … waiting for ${inWords(now)}${doing === '' ? '' : `: ${doing}`}`);
}
