import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { fail } from '../deployment/failures';
import { afterClaim, type Inspection } from '../deployment/inspection';
import { nameOf } from '../deployment/model';
import { addressTaken, refuse } from '../deployment/plan/refusals';
import { isWell, planRepair, type Repair } from '../deployment/plan/repair-plan';
import { restore, servesAlready } from './execute-plan';
import { execute, withinMinutes } from './execute-step';
import type { Host } from './host';
import type { Semaphore } from './semaphore';
import { quick } from './steps';

/** A claim names a commit; where none is known, none is. */
const NO_COMMIT = '0'.repeat(40);

/**
 * Repairs one host with the steps, in the order, that an operator would take by hand. A host that is well is left
 * alone, without a claim. After the first change, a cancel waits.
 */
export async function repairHost(host: Host, begins: () => void, oneAtATime: Semaphore): Promise<void> {
  const seen = await examine(host, 'examine', true);
  const plan = planRepair(seen, host.written);
  if (isWell(plan)) host.fact.state = 'well';
  if (plan.repairs.length > 0) {
    const change = () => {
      // The look may have succeeded all the same, and nothing else has told of the cancel.
      if (CancellationScope.current().consideredCancelled)
        throw new CancelledFailure('cancelled before anything was changed');
      begins();
      return CancellationScope.nonCancellable(() => changeHost(host, seen));
    };
    // Hosts that serve are not taken from their users all at once.
    await (seen.ready ? oneAtATime.hold(change) : change());
  }
  if (plan.beyond === null) return;
  const advice = 'Landfall has no release to restore: deploy a good commit.';
  throw fail('NotReady', `${host.name}: ${plan.beyond}.`, { host: host.name, advice });
}

async function changeHost(host: Host, before: Inspection): Promise<void> {
  host.fact.state = 'unknown';
  const commit = before.lastGoodCommit ?? before.liveCommit ?? NO_COMMIT;
  await host.claim(commit, `${host.input.by}, by landfall doctor`);
  await host.tidyUp();
  const seen = afterClaim(before, await examine(host, 'what is live now'));
  let done = 'what an abandoned deploy had left was tidied up';
  for (const repair of planRepair(seen, host.written, true).repairs) {
    const restored = await carryOut(host, repair);
    if (restored !== null) done = `${restored} restored`;
  }
  await quick(`${host.name}: close the claim`).closeClaim({ ...host.claimed, outcome: 'repaired' });
  host.fact.state = 'repaired';
  host.fact.repaired = done;
}

/** @returns the restored release; null: none was restored */
async function carryOut(host: Host, repair: Repair): Promise<string | null> {
  if (repair.kind === 'stop') await execute(host, repair.step, withinMinutes);
  if (repair.kind !== 'restore' || (await servesAlready(host, repair.plan))) return null;
  await restore(host, repair.plan);
  return nameOf(repair.plan.target.release);
}

/**
 * @param installs as for `look`
 * @throws CommandFailed when another program has the address
 */
export async function examine(host: Host, question: string, installs = false): Promise<Inspection> {
  const seen = await host.look(question, 'doctor', installs);
  const { lastGood: release, lastGoodCommit: commit } = seen;
  host.fact.lastGood = release === null ? null : { release, commit };
  const taken = addressTaken(seen, { host: host.target, settings: host.input.settings });
  refuse(host.name, taken === null ? [] : [taken]);
  return seen;
}
