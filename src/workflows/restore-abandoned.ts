import type { DeployInput } from '../config/deploy-input';
import { fail, failureOf } from '../deployment/failures';
import type { Inspection } from '../deployment/inspection';
import { nameOf } from '../deployment/model';
import { planRestore, type RestorePlan } from '../deployment/plan/restore-plan';
import { doesNotServe, restore, servesAlready } from './execute-plan';
import type { Host } from './host';
import { inspectFor } from './inspect-for';
import { reasonOf } from './reason';

/** The consequences for a deploy of an abandoned deploy before it. */
export interface Inheritance {
  /** The claim stays open, so the next deploy knows that the live release is not a rollback target. */
  unrestored: boolean;
  /** Why last good could not be restored after the live release was touched for it; null: nothing was broken. */
  brokenBy: string | null;
}

export const NOTHING_LEFT: Inheritance = { unrestored: false, brokenBy: null };

/**
 * Inspects the host again, because its state may have changed before the claim, and restores last good before the
 * deploy builds on it. Without a good release, the live one stays.
 * @param leaves gets the consequences, also when this fails
 * @returns what is there afterwards
 */
export async function restoreAbandoned(
  host: Host,
  input: DeployInput,
  commit: string,
  leaves: (left: Inheritance) => void,
): Promise<Inspection> {
  const left = await inspectFor(host, input, 'what did the abandoned deploy leave', {
    takesOver: true,
  });
  const plan = planRestore(left, host.written);
  let brokenBy: string | null = null;
  if (left.abandoned && plan !== null && !isTheRepair(left, input, commit)) {
    brokenBy = await putBack(host, input, plan, left.live);
    leaves({ unrestored: true, brokenBy });
  }
  const now = await inspectFor(host, input, 'what is live now');
  const { running, lastGood, boots } = now;
  const isSomething = running || lastGood !== null || (boots.foreign && boots.enabled);
  leaves({ unrestored: now.abandoned && isSomething, brokenBy });
  return { ...now, abandoned: left.abandoned };
}

/** Whether this deploy is to be the repair of a last good release that is in service already. */
function isTheRepair({ live, lastGood, lastGoodCommit }: Inspection, input: DeployInput, commit: string) {
  // A rollback to that same release has no other one to start: it waits, and starts it again if that fails.
  const isWanted = 'previous' in input.source && lastGoodCommit === commit;
  return live !== null && live === lastGood && input.fixForward && !isWanted;
}

/** @returns what it broke, in words; null: nothing */
async function putBack(
  host: Host,
  input: DeployInput,
  plan: RestorePlan,
  before: string | null,
): Promise<string | null> {
  let touched = false;
  try {
    if (await servesAlready(host, plan)) return null;
    touched = true;
    await restore(host, plan);
    host.fact.repaired = `${nameOf(plan.target.release)} restored`;
    return null;
  } catch (error) {
    const why = reasonOf(error).message;
    const broken = touched && !(await stillServes(host, input, before));
    if (broken) sayBroken(host, why);
    if (!input.fixForward || !doesNotServe(error)) throw notRestored(host, plan, error);
    host.fact.repaired = `last good does not serve: ${why}`;
    return broken ? why : null;
  }
}

/** Records that the release that served before the attempt to restore no longer serves. */
export function sayBroken(host: Host, why: string): void {
  host.fact.state = 'needs-operator';
  host.fact.problem = why;
}

/** Whether the release that was live before the attempt is still live; false when that is unknown. */
async function stillServes(host: Host, input: DeployInput, before: string | null): Promise<boolean> {
  try {
    const { live, ready } = await inspectFor(host, input, 'what is live now', { takesOver: true });
    return ready && live === before;
  } catch {
    return false;
  }
}

function notRestored(host: Host, { target }: RestorePlan, error: unknown): Error {
  const { type, details } = failureOf(error) ?? {};
  const release = nameOf(target.release);
  const what = `${host.name} was left by an abandoned deploy, and ${release}, which was good, could not be restored`;
  return fail(type ?? 'CommandFailed', `${what}: ${reasonOf(error).message}`, {
    host: host.name,
    advice:
      'Repair what it depends on, then deploy again, or: landfall doctor --repair. If this deploy is the fix, add --fix-forward.',
    evidence: details?.evidence,
  });
}
