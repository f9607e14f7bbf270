import { failureOf } from '../failures';
import { restoreUnit } from './by-restart';
import { goBack, makeRoom } from './go-back';
import type { HostRun } from './host-run';
import { lasting } from './steps';
import type { undoing } from './undoing';

/** Nothing was changed by this run yet, so that it may still give up: within minutes, not hours. */
const soon: typeof undoing = (_run, summary, limitSeconds) => lasting(summary, limitSeconds);

/**
 * Puts last good back in service where a deploy that never ended left something else, or nothing,
 * and verifies it: the same steps as in a rollback, but a host that cannot be reached is given up
 * within minutes. What serves already is not touched.
 * @returns whether anything was changed
 */
export async function putLastGoodBack(run: HostRun): Promise<boolean> {
  const { inspection, target } = run;
  if (target.nothing || inspection === null) return false;
  const { running, live, liveIsInstance = false, socketActive = false } = inspection;
  const isLive = running && live === target.release;
  if (isLive && (await becomesReady(run))) return false;
  run.restarted = true;
  if (!target.instance) {
    if (liveIsInstance || socketActive) await makeRoom(run, null, true, soon);
    await restoreUnit(run, soon);
  } else if (isLive) await makeRoom(run, null, false, soon);
  await goBack(run, soon);
  run.restarted = false;
  return true;
}

/** Whether it was reached and does not serve, which is another thing than a host that is away. */
export function doesNotServe(error: unknown): boolean {
  const type = failureOf(error)?.type;
  return type === 'NotReady' || type === 'CrashLoop';
}

/** It may have been started a moment before, by a rollback that was torn off or by a reboot. */
async function becomesReady(run: HostRun): Promise<boolean> {
  const { release } = run.target;
  try {
    await run.awaitReady(lasting, `is ${release ?? 'the unit from before'} ready`, release);
    return true;
  } catch (error) {
    if (doesNotServe(error)) return false;
    throw error;
  }
}
