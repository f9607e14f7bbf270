import type { ServiceSettings } from '../../config/deploy-input';
import { fail } from '../../deployment/failures';
import { RESTART_LIMIT_MS } from '../../host-agent/limits';
import type { Dependencies } from '../dependencies';
import { eventually } from '../eventually';
import { takeEvidence } from '../observe/evidence';
import { unitInWords } from '../observe/readiness';
import { type Claimed, claimOf, heartbeating, hostOf, type Noted, seconds } from '../step';
import { monotonic } from '../step-time';
import { dependentsInWords } from './dependents';

export interface RestartInput extends Claimed {
  /** The release that must run afterwards; null: the current unit, which Landfall did not write. */
  release: string | null;
  /** Whether units follow that run from the live release and that Landfall did not write. */
  dependents: ServiceSettings['dependentUnits'];
}

export interface Restarted extends Noted {
  /** systemd's id of the new start. */
  invocation: string;
}

/** How long nothing may happen at all: neither the old one stopping nor the new one starting. */
const IDLE_MS = 15_000;

/**
 * Restarts the unit and waits until systemd has begun the new start; whether that serves is
 * `awaitReady`'s question. Clears a start limit first. Safe to run twice: a restart that
 * already happened is found and not repeated.
 * @throws CrashLoop when no new start comes about
 */
export function restart(dependencies: Dependencies) {
  return (input: RestartInput): Promise<Restarted> =>
    heartbeating(async (report) => {
      const call = hostOf(dependencies, input);
      const began = monotonic();
      const { release, dependents: policy } = input;
      const asked = { claim: claimOf(input), release, dependents: policy };
      const { before, dependents } = await call('restart', asked);
      let lastSeenStopping = monotonic();
      const unit = await eventually(RESTART_LIMIT_MS, async () => {
        const now = await call('observe', { address: null });
        report(unitInWords(now));
        if (now.active === 'deactivating') lastSeenStopping = monotonic();
        const started = now.invocation !== before && now.invocation !== '' && now.active !== 'deactivating';
        const idle = monotonic() - lastSeenStopping > IDLE_MS;
        return started || now.active === 'failed' || idle ? now : null;
      });
      if (unit === null || unit.invocation === before || unit.invocation === '') {
        const state = unit === null ? 'the old process does not stop' : unitInWords(unit);
        throw fail('CrashLoop', `The restart on ${input.host.name} did not start the unit again: ${state}.`, {
          host: input.host.name,
          advice: `Look at systemctl status and journalctl -u on ${input.host.name}.`,
          evidence: await takeEvidence(call, release, null, null),
        });
      }
      const started = `${release ?? 'the current unit'} started after ${seconds(monotonic() - began)}`;
      return { invocation: unit.invocation, note: [started, ...dependentsInWords(dependents)].join('; ') };
    });
}
