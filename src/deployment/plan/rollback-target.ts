/** The target of a rollback, and how a rollback restores it. Pure. */

import type { ServiceSettings } from '../../config/deploy-input';
import type { Processes } from '../../config/processes';
import type { Address } from '../../contract/contract-types';
import { bindArgument } from '../gunicorn';
import type { Inspection } from '../inspection';
import { nameOf, type PlacedProbe } from '../model';
import type { Step, Undo, UnitText } from './change';
import { type Switchover, switchoverOf } from './switchover';

export type RollbackTarget =
  /** Nothing ran, and nothing is to run. */
  | { kind: 'nothing' }
  /** The one unit; release null: it is from before Landfall. */
  | { kind: 'unit'; release: string | null; text: UnitText; probe: PlacedProbe }
  /** A release that runs alongside others, on the shared socket. */
  | { kind: 'instance'; release: string; text: UnitText; probe: PlacedProbe };

/** The settings of today's landfall.yaml: used for a release without kept settings. */
export interface Written {
  settings: ServiceSettings;
  bind: Address;
}

/**
 * The live release if it is ready; else last good; else nothing. After an abandoned deploy only last good counts, or
 * the unit from before that still boots.
 */
export function rollbackTarget(facts: Inspection, written: Written): RollbackTarget {
  const { live, lastGood, running, ready, abandoned, boots } = facts;
  if (running && ready && !abandoned) return standing(facts, written, live, 'before', facts.liveIsInstance);
  if (lastGood !== null) return standing(facts, written, lastGood, 'boot', boots.instance);
  if (abandoned && boots.foreign && boots.enabled) return standing(facts, written, null, 'boot', false);
  if (abandoned || !running) return { kind: 'nothing' };
  return standing(facts, written, live, 'before', facts.liveIsInstance);
}

function standing(
  facts: Inspection,
  written: Written,
  release: string | null,
  text: UnitText,
  isInstance: boolean,
): RollbackTarget {
  const kept = probeOf(facts, release);
  if (!isInstance || release === null)
    return { kind: 'unit', release, text, probe: kept ?? asWritten(written) };
  // Where an abandoned deploy has moved the socket is not where a good release belongs.
  const before = facts.abandoned ? null : switchoverOf(facts, written.settings, written.bind)?.before;
  const probe = kept ?? asWritten({ ...written, bind: before ?? written.bind });
  return { kind: 'instance', release, text, probe };
}

/** As that release was when it was found good; null: nothing was kept of it. */
export function probeOf(
  { live, lastGood, previousGood, probes }: Inspection,
  release: string | null,
): PlacedProbe | null {
  if (release === live) return probes.live;
  if (release === lastGood) return probes.lastGood;
  return release === previousGood?.id ? probes.previousGood : null;
}

/** A good release runs with its kept settings: its own app and requirements, not those of a later commit. */
export function settingsOf(facts: Inspection, release: string | null, now: ServiceSettings): ServiceSettings {
  return (release === null ? null : probeOf(facts, release)?.settings) ?? now;
}

function asWritten({ settings, bind }: Written): PlacedProbe {
  return { address: bind, settings, moved: false };
}

/** Which text of the one unit a rollback puts in force again. */
export function textOf(target: RollbackTarget): UnitText {
  return target.kind === 'nothing' ? 'before' : target.text;
}

/** The processes of the target, as they were when it was good; null: it is not a release. */
export function processesOf(target: RollbackTarget): { release: string; processes: Processes } | null {
  if (target.kind === 'nothing' || target.release === null) return null;
  return { release: target.release, processes: target.probe.settings.processes };
}

/** The rollback target in service again, and verified. */
export function backTo(
  target: RollbackTarget,
  switchover: Switchover | null,
  bind: Address,
  trial = false,
): Undo {
  switch (target.kind) {
    case 'nothing':
      return [{ name: 'stopService', words: 'stop, as before' }];
    case 'unit':
      return [
        { name: 'restart', release: target.release, words: `back to ${nameOf(target.release)}` },
        isReadyAgain(target),
      ];
    case 'instance': {
      const { release, probe } = target;
      const moved = probe.moved || bindArgument(probe.address) !== bindArgument(bind);
      // Where the old release had to stop for the new one, the new one has to stop for it.
      const makesRoom = switchover === null || switchover.stopFirst !== null || moved;
      const closes = moved || (switchover?.closeSocket ?? false);
      return [
        ...(makesRoom ? [makeRoom(release, closes)] : []),
        {
          name: 'startRelease',
          release,
          trial,
          provesImport: false,
          probe,
          words: `start ${release} again`,
        },
        { name: 'switchRelease', release, words: `back to ${release}` },
        isReadyAgain(target),
      ];
    }
  }
}

/** Whether the target serves. */
export function isReadyAgain({ release, probe }: Exclude<RollbackTarget, { kind: 'nothing' }>): Step {
  return { name: 'awaitReady', release, commit: null, probe, words: `is ${nameOf(release)} ready` };
}

/** Ends what was started, so that what was there before finds its place. */
export function makeRoom(release: string | null, closeSocket: boolean): Step {
  return {
    name: 'makeRoom',
    release,
    closeSocket,
    endUser: false,
    listen: null,
    words: 'stop the new release',
  };
}

/** The checkout is where it was before the deploy that has moved it. */
export function checkoutBack(checkout: string): Step {
  return {
    name: 'moveCheckout',
    checkout,
    release: null,
    back: null,
    words: `stop, and move ${checkout} back`,
  };
}

/** The one unit has its own text again; no process is touched. */
export function restoreUnit(target: RollbackTarget): Step {
  return { name: 'restoreUnit', to: textOf(target), words: 'previous unit' };
}
