/** How last good gets back in service where an abandoned deploy left something else, or nothing. Pure. */
import type { Inspection } from '../inspection';
import { nameOf } from '../model';
import type { Change, Step, Undo } from './change';
import { processesBack } from './process-steps';
import {
  backTo,
  checkoutBack,
  isReadyAgain,
  makeRoom,
  type RollbackTarget,
  restoreUnit,
  rollbackTarget,
  type Written,
} from './rollback-target';
import { switchoverOf } from './switchover';

export interface RestorePlan {
  target: Exclude<RollbackTarget, { kind: 'nothing' }>;
  /** When this step succeeds, nothing is changed; null: what is live is certainly not the target. */
  unless: Step | null;
  changes: Change[];
  /** After these, or after `unless`: the processes of the target, of which only the needed ones are started. */
  processes: Undo;
  /** Its effect, for people. */
  words: string;
}

/** @returns null where no release was ever good: the live one stays, and is not a rollback target */
export function planRestore(seen: Inspection, written: Written): RestorePlan | null {
  // Only last good is known to be good, whatever is ready now.
  const facts = { ...seen, abandoned: true };
  const { live, running, ready } = facts;
  const target = rollbackTarget(facts, written);
  if (target.kind === 'nothing') return null;
  const name = nameOf(target.release);
  const { moved } = facts;
  // A reboot may have started last good on the commit of another release.
  const staysPut = running && live === target.release && !target.probe.moved && moved === undefined;
  const switchover = switchoverOf(facts, written.settings, written.bind);
  // A good release that no longer serves must not displace one that does.
  const back = backTo(target, switchover, written.bind, running && ready);
  const returned = moved ? `, and move ${moved.checkout} back to ${moved.from.slice(0, 7)}` : '';
  const waits = ready ? `check that ${name} is ready` : `wait for ${name} to become ready`;
  return {
    target,
    unless: staysPut ? isReadyAgain(target) : null,
    changes: [...roomFor(target, facts), ...(moved ? [checkoutBack(moved.checkout)] : []), ...back].map(
      asChange,
    ),
    processes: processesBack(facts, target, {}) ?? [],
    words: staysPut ? `${waits}, else start it again` : `restore ${name}${returned}`,
  };
}

/** The stops and writes that are needed before the target can start. */
function roomFor(target: RestorePlan['target'], facts: Inspection): Step[] {
  const { live, running, liveIsInstance, socket } = facts;
  if (target.kind === 'unit') {
    const listens = liveIsInstance || socket.active;
    return [...(listens ? [makeRoom(null, true)] : []), restoreUnit(target)];
  }
  return running && live === target.release ? [makeRoom(null, target.probe.moved)] : [];
}

/** Every change leads nearer to what is good, so that only a trial that fails is undone. */
function asChange(does: Step): Change {
  const undo =
    does.name === 'startRelease' && does.trial
      ? [[{ name: 'removeInstance' as const, release: does.release, words: `end ${does.release}` }]]
      : [];
  return { does, undo, touchesLive: true, interrupts: interruptionBy(does) };
}

function interruptionBy(step: Step): Change['interrupts'] {
  const why = 'only the last good release is known to be good';
  if (step.name === 'restart' || step.name === 'moveCheckout') return { requests: 'fail', why };
  if (step.name !== 'makeRoom') return null;
  return { requests: step.closeSocket ? 'fail' : 'wait', why };
}
