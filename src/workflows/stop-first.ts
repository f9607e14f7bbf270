import { RESTART_LIMIT_MS } from '../host-agent/limits';
import { willChange } from './by-overlap';
import type { HostRun } from './host-run';
import { lasting } from './steps';
import type { UndoStack } from './undo-stack';

/**
 * Stops the old release and ends every process of the service's user, so that nothing which that release
 * has left can disturb what follows. Its undo starts the old release again.
 */
export async function stopOldRelease(run: HostRun, undo: UndoStack): Promise<void> {
  willChange(run, undo);
  const { user } = run.settings;
  // systemd listens on, where it does: connections wait for the new release.
  const change = { ...run.nextChange(), release: null, closeSocket: false, endUser: true };
  const summary = `${run.name}: --stop-first: stop the old release and every process of ${user}`;
  await lasting(summary, RESTART_LIMIT_MS).makeRoom(change);
  run.fact.live = null;
}
