import { failureOf } from '../deployment/failures';
import type { Change, Undo } from '../deployment/plan/change';
import type { RestorePlan } from '../deployment/plan/restore-plan';
import { execute, NOTHING, type Retry, withinMinutes } from './execute-step';
import type { Host } from './host';
import { importApp } from './import-app';

/**
 * Executes changes in their order.
 * @param begins is told of each before anything of it is done, and once more when a start touches what serves after all
 */
export async function carryOut(
  host: Host,
  changes: Change[],
  begins: (change: Change) => void,
): Promise<void> {
  let shown = NOTHING;
  for (const change of changes) {
    const { does } = change;
    begins(change);
    shown = await execute(host, does, withinMinutes, shown);
    if (does.name !== 'startRelease' || !does.provesImport || shown.proven) continue;
    // No gate kept that release from taking connections, so that users may have met it.
    begins({ ...change, touchesLive: true });
    await importApp(host, does.release, does.probe.settings);
  }
}

/** Undoes something, step by step. Safe to run again from its beginning. */
export async function undo(host: Host, steps: Undo, retry: Retry): Promise<void> {
  for (const step of steps) await execute(host, step, retry);
}

/** Whether the target of a restore serves already, so that nothing has to be changed but its processes. */
export async function servesAlready(host: Host, { unless, processes }: RestorePlan): Promise<boolean> {
  if (unless === null) return false;
  try {
    await execute(host, unless, withinMinutes);
  } catch (error) {
    if (doesNotServe(error)) return false;
    throw error;
  }
  await undo(host, processes, withinMinutes);
  return true;
}

/** Whether a release was reached and does not serve, which is another thing than a host that is away. */
export function doesNotServe(error: unknown): boolean {
  const type = failureOf(error)?.type;
  return type === 'NotReady' || type === 'CrashLoop';
}

/** Restores last good. A change that fails is undone; the changes before it stay, because they led nearer to good. */
export async function restore(host: Host, { changes, processes }: RestorePlan): Promise<void> {
  let undos: Undo[] = [];
  try {
    await carryOut(host, changes, (change) => {
      undos = change.undo;
    });
  } catch (error) {
    for (const steps of undos) await undo(host, steps, withinMinutes);
    throw error;
  }
  await undo(host, processes, withinMinutes);
}
