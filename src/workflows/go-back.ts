import { bindArgument } from '../host-agent/gunicorn';
import { RESTART_LIMIT_MS } from '../host-agent/limits';
import type { HostRun } from './host-run';
import { undoing } from './retry-until-reachable';

/** The rollback target in service again, and verified; nothing to do while nothing that serves was changed. */
export async function goBack(run: HostRun, steps = undoing, { trial = false } = {}): Promise<void> {
  if (!run.restarted) return;
  const { target } = run;
  if (target.nothing) await toNothing(run, steps);
  else if (target.instance && target.release !== null) await toInstance(run, target.release, steps, trial);
  else await toUnit(run, target.release, steps);
}

async function toNothing(run: HostRun, steps: typeof undoing): Promise<void> {
  await steps(run, `${run.name}: stop, as before`, RESTART_LIMIT_MS).stopService(run.nextChange());
  run.fact.live = null;
}

/** The same switch the other way round: the old release starts beside the new one, and takes over. */
async function toInstance(
  run: HostRun,
  release: string,
  steps: typeof undoing,
  trial: boolean,
): Promise<void> {
  const { overlap } = run;
  const way = run.wayBackTo(release);
  const { settings } = way ?? run;
  const bind = way?.address ?? overlap?.before ?? run.host.bind;
  const host = { ...run.host, bind };
  // Also where nobody listened until this run did, where the new release is asked.
  const moved = way !== null && (way.moved || bindArgument(bind) !== bindArgument(run.host.bind));
  // What could not run beside the old release on the way here cannot on the way back.
  if (overlap === null || overlap.stopFirst !== null || moved)
    await makeRoom(run, release, moved || (overlap?.closeSocket ?? false), steps);
  const started = { ...run.nextChange(), host, release, settings, trial };
  // It may have to finish its requests first, when it was told to stop a moment ago.
  const limit = settings.readiness.timeout + settings.gunicorn.gracefulTimeout + 60_000;
  try {
    await steps(run, `${run.name}: start ${release} again`, limit).startRelease(started);
  } catch (error) {
    if (trial) {
      const change = { ...run.nextChange(), release };
      await steps(run, `${run.name}: end ${release}`, RESTART_LIMIT_MS).removeInstance(change);
    }
    throw error;
  }
  await steps(run, `${run.name}: back to ${release}`, 30_000).switchRelease({ ...run.nextChange(), release });
  run.fact.live = release;
  const as = { way: { address: bind, settings } };
  await run.awaitReady((...step) => steps(run, ...step), `is ${release} ready`, release, as);
}

/** The one unit from before; its text is in force again. */
async function toUnit(run: HostRun, release: string | null, steps: typeof undoing): Promise<void> {
  const name = release ?? 'the unit from before';
  const change = { ...run.nextChange(), release };
  await steps(run, `${run.name}: back to ${name}`, RESTART_LIMIT_MS).restart(change);
  run.fact.live = release;
  const way = run.wayBackTo(release);
  await run.awaitReady((...step) => steps(run, ...step), `is ${name} ready`, release, { way });
}

/** Ends whatever this run has started, so that what was there before finds its place. */
export async function makeRoom(
  run: HostRun,
  release: string | null,
  closeSocket: boolean,
  steps = undoing,
): Promise<void> {
  const change = { ...run.nextChange(), release, closeSocket };
  await steps(run, `${run.name}: stop the new release`, RESTART_LIMIT_MS).makeRoom(change);
}
