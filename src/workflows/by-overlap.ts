import type { Overlap } from '../deployment/plan/switchover';
import { RESTART_LIMIT_MS } from '../host-agent/limits';
import { restoreUnit } from './by-restart';
import { goBack, makeRoom } from './go-back';
import type { HostRun } from './host-run';
import { undoing } from './retry-until-reachable';
import { lasting } from './steps';
import type { UndoStack } from './undo-stack';

/**
 * Puts the new release in service beside the old one: it starts and proves itself, then takes
 * over, then the old one finishes what it has. Until the take-over nothing that serves is
 * touched, unless the old one has to stop first. Each change has its undo registered first.
 */
export async function putInServiceBeside(run: HostRun, undo: UndoStack, plan: Overlap): Promise<void> {
  const release = run.newRelease;
  const { settings } = run;
  undo.push(() => removeInstance(run, release));
  // An operator may have gone forward from a rollback that had changed something already.
  if (plan.stopFirst !== null || run.restarted) willChange(run, undo);
  else if (!run.target.instance && !run.leavesLiveAlone) undo.push(() => stopAll(run));
  if (plan.stopFirst !== null) {
    const room = { ...run.nextChange(), release, closeSocket: plan.closeSocket };
    await lasting(`${run.name}: stop the old release first: ${plan.stopFirst}`, RESTART_LIMIT_MS).makeRoom(
      room,
    );
  }
  const started = { ...run.nextChange(), release, settings, trial: true };
  const boot = settings.readiness.timeout + 60_000;
  const { proven } = await lasting(`${run.name}: start ${release} beside`, boot).startRelease(started);

  if (!run.restarted) willChange(run, undo);
  const change = { ...run.nextChange(), release };
  await lasting(`${run.name}: switch to ${release}`, 30_000).switchRelease(change);
  run.fact.live = release;
  await run.awaitReady(lasting, `is ${release} ready from outside`, release, { proven });
}

/** From here on what serves is changed, and has to be put back if the rest fails. */
export function willChange(run: HostRun, undo: UndoStack): void {
  const { target } = run;
  undo.push(() => goBack(run));
  // The one unit can only come back under its own text, which is therefore restored before.
  if (!target.instance) undo.push(() => restoreUnitOf(run));
  run.restarted = true;
  run.fact.state = 'unknown';
}

async function restoreUnitOf(run: HostRun): Promise<void> {
  // systemd listens until then; a unit that listens by itself must not start beside that.
  await makeRoom(run, null, true);
  await restoreUnit(run);
}

/** Nothing ran before, and what is started by hand or at boot has to find the address free. */
async function stopAll(run: HostRun): Promise<void> {
  if (run.restarted) return;
  if (!run.target.nothing) return await restoreUnitOf(run);
  await undoing(run, `${run.name}: stop, as before`, RESTART_LIMIT_MS).stopService(run.nextChange());
  await restoreUnit(run);
}

async function removeInstance(run: HostRun, release: string): Promise<void> {
  const change = { ...run.nextChange(), release };
  await undoing(run, `${run.name}: end ${release}`, RESTART_LIMIT_MS).removeInstance(change);
}
