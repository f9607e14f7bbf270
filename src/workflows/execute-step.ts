import type { Activities } from '../activities';
import type { PlacedProbe, Probe } from '../deployment/model';
import type { Step } from '../deployment/plan/change';
import { serverOf } from '../deployment/server';
import { RESTART_LIMIT_MS } from '../host-agent/limits';
import type { Host } from './host';
import { lasting } from './steps';

/** How a step is tried again. */
export type Retry = <T>(
  host: Host,
  summary: string,
  limitMs: number,
  /** `tries` counts the tries before: the host takes all of them for the same change, and each outranks them. */
  attempt: (steps: Activities, tries: number) => Promise<T>,
) => Promise<T>;

/** A host that cannot be reached is given up within minutes. */
export const withinMinutes: Retry = (_host, summary, limitMs, attempt) =>
  attempt(lasting(summary, limitMs), 0);

/** The facts that a step has shown of the release that it started. */
export interface Shown {
  /** Its gate has let it listen. */
  proven: boolean;
  /** systemd's id of the start. */
  start: string | null;
}

export const NOTHING: Shown = { proven: false, start: null };

/** Only of a unit that Landfall did not write. */
function verifiedOf(probe: Probe | PlacedProbe): Pick<PlacedProbe, 'verified'> {
  return 'verified' in probe && probe.verified !== undefined ? { verified: probe.verified } : {};
}

/** systemd-analyze reads every unit that this one needs: a second or two on a small machine. */
export const UNIT_LIMIT_MS = 30_000;

/**
 * The one place where a step of a plan becomes an activity.
 * @param shown what the steps before this one have shown
 * @returns the same, for the steps after it
 */
export async function execute(host: Host, step: Step, retry: Retry, shown = NOTHING): Promise<Shown> {
  const starts = step.name === 'startRelease' || step.name === 'restart';
  const words = step.words + (starts ? host.olderEnvironment(step.release) : '');
  const act = <T>(limitMs: number, attempt: Parameters<typeof retry<T>>[3]) =>
    retry(host, `${host.name}: ${words}`, limitMs, attempt);
  if (step.name === 'awaitReady') {
    const { release, commit, probe } = step;
    const { settings } = probe;
    const { proven, start } = commit === null ? NOTHING : shown;
    const limit = settings.readiness.timeout + (proven ? serverOf(settings).stop : 0);
    const at = { ...host.on, host: { ...host.target, bind: probe.address } };
    // Its job is a change to the host, which the claim has to allow.
    const byCommand = typeof settings.readiness.check !== 'string';
    const claimed = byCommand ? { claim: host.nextChange().claim } : {};
    const verified = verifiedOf(probe);
    const asked = { ...at, settings, release, commit, proven, start, ...verified, ...claimed };
    await act(limit, (steps) => steps.awaitReady(asked));
    return shown;
  }
  const change = host.nextChange();
  const dependents = host.written.settings.dependentUnits;
  switch (step.name) {
    case 'renderUnit': {
      const { release, commit, settings, directory } = step;
      await act(UNIT_LIMIT_MS, (steps, tries) =>
        steps.renderUnit({ ...change, tries, release, commit, settings, directory }),
      );
      return shown;
    }
    case 'moveCheckout': {
      const { checkout, release, back } = step;
      await act(RESTART_LIMIT_MS, (steps, tries) =>
        steps.moveCheckout({ ...change, tries, checkout, release, back }),
      );
      return shown;
    }
    case 'makeRoom': {
      const { release, closeSocket, endUser, listen } = step;
      await act(RESTART_LIMIT_MS, (steps, tries) =>
        steps.makeRoom({ ...change, tries, release, closeSocket, endUser, listen }),
      );
      if (endUser) host.showLive(null);
      return shown;
    }
    case 'startRelease': {
      const { release, trial, probe } = step;
      const { address: bind, settings } = probe;
      const at = { ...change, host: { ...host.target, bind } };
      // The unit may have to finish its requests first, if it was told to stop a moment ago.
      const limit = settings.readiness.timeout + serverOf(settings).stop + 60_000;
      const { proven } = await act(limit, (steps, tries) =>
        steps.startRelease({ ...at, tries, release, settings, trial }),
      );
      return { proven, start: null };
    }
    case 'switchRelease': {
      const { release } = step;
      await act(30_000, (steps, tries) => steps.switchRelease({ ...change, tries, release, dependents }));
      host.showLive(release);
      return shown;
    }
    case 'removeInstance': {
      const { release } = step;
      await act(RESTART_LIMIT_MS, (steps, tries) => steps.removeInstance({ ...change, tries, release }));
      return shown;
    }
    case 'restart': {
      const { release } = step;
      const { invocation } = await act(RESTART_LIMIT_MS, (steps, tries) =>
        steps.restart({ ...change, tries, release, dependents }),
      );
      host.showLive(release);
      return { proven: false, start: invocation };
    }
    case 'restoreUnit': {
      const { to } = step;
      await act(UNIT_LIMIT_MS, (steps, tries) => steps.restoreUnit({ ...change, tries, to }));
      return shown;
    }
    case 'startProcesses': {
      const { release, processes, limit } = step;
      await act(limit, (steps, tries) =>
        steps.startProcesses({ ...change, tries, release, processes, limit }),
      );
      return shown;
    }
    case 'switchProcesses': {
      const { release, processes } = step;
      const { draining } = await act(30_000, (steps, tries) =>
        steps.switchProcesses({ ...change, tries, release, processes }),
      );
      host.showDraining(draining);
      return shown;
    }
    case 'finishProcesses': {
      const { processes, limit } = step;
      await act(limit, (steps, tries) => steps.finishProcesses({ ...change, tries, processes, limit }));
      return shown;
    }
    case 'stopService':
      await act(RESTART_LIMIT_MS, (steps, tries) => steps.stopService({ ...change, tries }));
      host.showLive(null);
      return shown;
  }
}
