/** How a new release is put in service on one host, and how each change is taken back. Pure. */

import { checkoutOf, directoryIn } from '../../config/in-place';
import type { Inspection } from '../inspection';
import type { Probe, Release } from '../model';
import { serverOf } from '../server';
import type { Change, Interruption, Step, Undo } from './change';
import { startProvesImport } from './import-proof';
import { processesBack, processSteps } from './process-steps';
import {
  backTo,
  checkoutBack,
  makeRoom,
  probeOf,
  type RollbackTarget,
  restoreUnit,
  rollbackTarget,
  type Written,
} from './rollback-target';
import { noticesOf, type Switchover, switchoverOf } from './switchover';

export interface DeployPlan {
  /**
   * `verify`: the wanted release serves here already. `restart`: the one unit is restarted. `alongside`:
   * the release starts alongside the live one, and takes over when it is ready.
   */
  how: 'verify' | 'restart' | 'alongside';
  /** The target of a rollback. */
  back: RollbackTarget;
  /** Whether the import is proven in the preparation. Else the start proves it, or the release is live already. */
  preImports: boolean;
  /** Whether the release cannot prove itself alongside the live one, and does so before that one is stopped. */
  rehearses: boolean;
  /** Interrupts the service before anything of the new release runs; null unless `--stop-first` asks for it. */
  stop: Change | null;
  changes: Change[];
  /** A last look before the commit point: what became ready a while ago may have died since. */
  lastLook: Step;
  /** How the new release is asked, and will be started and asked when it is gone back to. */
  probe: Probe;
  /** Warnings for people beforehand, one sentence each. */
  warnings: string[];
}

/** `standing`: it is a good release that is on the host already. */
export interface PlannedRelease extends Release {
  standing: boolean;
}

export interface Wanted extends Written {
  release: PlannedRelease;
  stopFirst: boolean;
  /** Every other host has proven the import when the release starts here; see `startsFirst`. */
  startsFirst: boolean;
  /** The service's folder in the repository; null, or absent: its root. */
  path?: string | null;
  /** This run has changed what serves already, and has not taken all of it back. */
  touched: boolean;
}

export function planDeploy(facts: Inspection, wanted: Wanted): DeployPlan {
  const { release } = wanted;
  const back = rollbackTarget(facts, wanted);
  const warnings = noticesOf(facts, wanted.settings, wanted.bind);
  if (release.standing && facts.running && facts.live === release.id) {
    const { address, settings } = probeOf(facts, release.id) ?? asWritten(wanted);
    const probe = { address, settings };
    const lastLook = isReady(wanted, probe, 'is it still ready');
    const changes = [change(lastLook, [])];
    const proofs = { preImports: false, rehearses: false };
    return { how: 'verify', back, ...proofs, stop: null, changes, lastLook, probe, warnings };
  }
  const switchover = switchoverOf(facts, wanted.settings, wanted.bind);
  const undos = undosFor(facts, wanted, back, switchover);
  const probe = asWritten(wanted);
  const changes =
    switchover === null ? byRestart(facts, wanted, back, undos) : alongside(facts, wanted, switchover, undos);
  return {
    how: switchover === null ? 'restart' : 'alongside',
    back,
    preImports:
      wanted.settings.preImport !== null &&
      !changes.some(({ does }) => does.name === 'startRelease' && does.provesImport),
    rehearses: needsRehearsal(wanted, switchover),
    stop: wanted.stopFirst ? stopFirst(facts, wanted, undos) : null,
    changes,
    lastLook: isReady(wanted, probe, 'is it still ready'),
    probe,
    warnings,
  };
}

function needsRehearsal({ settings }: Wanted, switchover: Switchover | null): boolean {
  if (settings.rehearse === null) return false;
  return switchover === null || switchover.stopFirst !== null || !serverOf(settings).gated;
}

/** The undo of a deploy, by the changes that it may have made so far. */
interface Undos {
  /** The text of the one unit was changed, and nothing that serves. */
  fromText: Undo[];
  /** An instance was started alongside the live one. */
  fromStart: Undo[];
  /** The old release was stopped, before anything of the new one ran. */
  fromStop: Undo[];
  /** The live release was changed, by a restart or a switchover. */
  fromRestart: Undo[];
  fromSwitch: Undo[];
}

function undosFor(
  facts: Inspection,
  wanted: Wanted,
  target: RollbackTarget,
  switchover: Switchover | null,
): Undos {
  const { release, settings, touched } = wanted;
  const { id } = release;
  const serves = backTo(target, switchover, wanted.bind);
  const ended: Undo = [{ name: 'removeInstance', release: id, words: `end ${id}` }];
  // systemd listens until then, and a unit that listens itself cannot start alongside.
  const checkout = checkoutOf(settings);
  const returned: Undo = checkout === null ? [] : [checkoutBack(checkout)];
  const alone: Undo = [makeRoom(null, true), restoreUnit(target), ...returned];
  const nothing: Undo = [{ name: 'stopService', words: 'stop, as before' }, restoreUnit(target)];
  const isInstance = target.kind === 'instance';
  // A release that was never good runs there, and stays as long as nothing better serves.
  const leavesLive = facts.abandoned && facts.running;
  const closed = isInstance || leavesLive ? [] : [target.kind === 'nothing' ? nothing : alone];
  // The old process can only come back under its own unit text, which is therefore restored first.
  const processes = processesBack(facts, target, settings.processes);
  const works = processes === null ? [] : [processes];
  const served = [...(isInstance ? [] : [alone]), serves, ...works];
  return {
    fromText: [[restoreUnit(target)]],
    fromStart: [...closed, ended],
    // Before that the new release was started once, if an operator goes forward from a rollback.
    fromStop: touched && switchover !== null ? [...served, ended] : served,
    fromRestart: [[restoreUnit(target), ...returned], serves, ...works],
    fromSwitch: [...served, ended],
  };
}

/**
 * The new release starts alongside the old one, proves itself and takes over. The old one finishes its requests. Until
 * the switchover the live release is not touched, unless it has to stop first.
 */
function alongside(facts: Inspection, wanted: Wanted, switchover: Switchover, undos: Undos): Change[] {
  const { socket } = facts;
  const { stopFirst, closeSocket, listen } = switchover;
  const { release, settings, stopFirst: stopped, touched } = wanted;
  const { id } = release;
  const touchesLive = touched || stopped || stopFirst !== null;
  const undo = touchesLive ? undos.fromSwitch : undos.fromStart;
  const probe = asWritten(wanted);
  const provesImport = startProvesImport(wanted, touchesLive);
  const words = `start ${id} alongside`;
  const processes = processSteps(facts, { release: id, processes: settings.processes });
  const start: Change[] = [
    change({ name: 'startRelease', release: id, trial: true, provesImport, probe, words }, undo, touchesLive),
    // Only now: a release that has not proven itself takes no task.
    ...changes(processes.start, undo, touchesLive),
    change({ name: 'switchRelease', release: id, words: `switch to ${id}` }, undos.fromSwitch, true),
    ...changes(processes.take, undos.fromSwitch, true),
    change(isReady(wanted, probe, `is ${id} ready from outside`), undos.fromSwitch, true),
  ];
  if (stopFirst === null) return start;
  const room: Step = {
    name: 'makeRoom',
    release: id,
    closeSocket,
    endUser: false,
    listen,
    words: `stop the old release first: ${stopFirst}`,
  };
  const requests = (socket.active && !closeSocket) || listen !== null ? 'wait' : 'fail';
  return [change(room, undo, true, { requests, why: stopFirst }), ...start];
}

/** The one unit gets the text of the new release, and is restarted. */
function byRestart(facts: Inspection, wanted: Wanted, target: RollbackTarget, undos: Undos): Change[] {
  const { release, settings, touched, stopFirst } = wanted;
  const { id, commit } = release;
  const { fromRestart } = undos;
  const touchedBefore = touched || stopFirst;
  const checkout = checkoutOf(settings);
  const processes = processSteps(facts, { release: id, processes: settings.processes });
  const directory = directoryIn(settings, wanted.path ?? null);
  const text: Step = { name: 'renderUnit', release: id, commit, settings, directory, words: `unit of ${id}` };
  const why = 'with strategy restart the old process ends before the new one starts';
  const interrupts: Interruption | null = facts.running ? { requests: 'fail', why } : null;
  // Instances have the address, and systemd listens on it.
  const listens = facts.liveIsInstance || facts.boots.instance || facts.socket.active;
  const room: Step = {
    name: 'makeRoom',
    release: null,
    closeSocket: true,
    endUser: false,
    listen: null,
    words: 'stop what listens through systemd',
  };
  return [
    change(text, touchedBefore ? fromRestart : undos.fromText, touchedBefore),
    ...(listens ? [change(room, fromRestart, true, interrupts)] : []),
    ...(checkout === null ? [] : [change(moveTo(checkout, wanted, target), fromRestart, true, interrupts)]),
    change({ name: 'restart', release: id, words: `restart with ${id}` }, fromRestart, true, interrupts),
    change(isReady(wanted, asWritten(wanted), `is ${id} ready`), fromRestart, true),
    ...changes(processes.start, fromRestart, true),
    ...changes(processes.take, fromRestart, true),
  ];
}

/** Stops the service too: a process that imports late must not find half of each commit. */
function moveTo(checkout: string, { release }: Wanted, target: RollbackTarget): Step {
  const { id, commit } = release;
  const back = target.kind === 'nothing' ? null : target.release;
  const words = `stop, and move ${checkout} to ${commit.slice(0, 7)}`;
  return { name: 'moveCheckout', checkout, release: id, back, words };
}

/**
 * Stops the old release and ends every process of the service's user. No process of that release can disturb the new
 * one.
 */
function stopFirst({ socket }: Inspection, { settings }: Wanted, undos: Undos): Change {
  const words = `--stop-first: stop the old release and every process of ${settings.user}`;
  // If systemd listens, it continues to listen: connections wait for the new release.
  const does: Step = {
    name: 'makeRoom',
    release: null,
    closeSocket: false,
    endUser: true,
    listen: null,
    words,
  };
  return change(does, undos.fromStop, true, {
    requests: socket.active ? 'wait' : 'fail',
    why: '--stop-first',
  });
}

function isReady({ release }: Wanted, probe: Probe, words: string): Step {
  return { name: 'awaitReady', release: release.id, commit: release.commit, probe, words };
}

function asWritten({ bind: address, settings }: Written): Probe {
  return { address, settings };
}

function changes(does: Step | null, undo: Undo[], touchesLive: boolean): Change[] {
  return does === null ? [] : [change(does, undo, touchesLive)];
}

function change(
  does: Step,
  undo: Undo[],
  touchesLive = false,
  interrupts: Interruption | null = null,
): Change {
  return { does, undo, touchesLive, interrupts };
}
