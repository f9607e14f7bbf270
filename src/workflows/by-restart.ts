import { RESTART_LIMIT_MS } from '../host-agent/limits';
import { goBack } from './go-back';
import type { HostRun } from './host-run';
import { undoing } from './retry-until-reachable';
import { lasting } from './steps';
import type { UndoStack } from './undo-stack';

/**
 * Puts the new release in service by a restart of the one unit. Each change has its undo
 * registered first.
 */
export async function putInServiceByRestart(run: HostRun, undo: UndoStack): Promise<void> {
  const release = run.newRelease;
  const { settings } = run;
  // The old process can only come back under its old unit text, so this one is undone last.
  undo.push(() => goBack(run));
  undo.push(() => restoreUnit(run));
  const rendered = { ...run.nextChange(), release, commit: run.newCommit, settings };
  // systemd-analyze reads every unit that this one needs: a second or two on a small machine.
  await lasting(`${run.name}: unit of ${release}`, 30_000).renderUnit(rendered);

  run.restarted = true;
  run.fact.state = 'unknown';
  const { liveIsInstance = false, bootIsInstance = false, socketActive = false } = run.inspection ?? {};
  if (liveIsInstance || bootIsInstance || socketActive) await stopInstances(run);
  const change = { ...run.nextChange(), release };
  const { invocation } = await lasting(`${run.name}: restart with ${release}`, RESTART_LIMIT_MS).restart(
    change,
  );
  run.fact.live = release;
  await run.awaitReady(lasting, `is ${release} ready`, release, { start: invocation });
}

/** What ran beside others has the address, and systemd listens on it. */
async function stopInstances(run: HostRun): Promise<void> {
  const change = { ...run.nextChange(), release: null, closeSocket: true };
  await lasting(`${run.name}: stop what listens through systemd`, RESTART_LIMIT_MS).makeRoom(change);
}

/** The unit text from before, or the one that boots, is in force again; no process is touched. */
export async function restoreUnit(run: HostRun, steps = undoing): Promise<void> {
  await steps(run, `${run.name}: previous unit`, 30_000).restoreUnit({
    ...run.nextChange(),
    to: run.target.boot ? 'boot' : 'before',
  });
}
