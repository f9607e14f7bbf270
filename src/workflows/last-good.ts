import { failureOf } from '../deployment/failures';
import { restoreUnit } from './by-restart';
import { goBack, makeRoom } from './go-back';
import type { HostRun } from './host-run';
import type { undoing } from './retry-until-reachable';
import { lasting } from './steps';

/** Nobody waits for this deploy to be taken back: it gives up within minutes, not hours, and says how it stands. */
const soon: typeof undoing = (_run, summary, limitMs) => lasting(summary, limitMs);

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
  const moved = run.wayBackTo(target.release)?.moved ?? false;
  if (isLive && !moved && (await becomesReady(run))) return false;
  run.restarted = true;
  if (!target.instance) {
    if (liveIsInstance || socketActive) await makeRoom(run, null, true, soon);
    await restoreUnit(run, soon);
  } else if (isLive) await makeRoom(run, null, moved, soon);
  // What serves is not displaced by what does not.
  await goBack(run, soon, { trial: running && inspection.ready });
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
    const way = run.wayBackTo(release);
    await run.awaitReady(lasting, `is ${release ?? 'the unit from before'} ready`, release, { way });
    return true;
  } catch (error) {
    if (doesNotServe(error)) return false;
    throw error;
  }
}
