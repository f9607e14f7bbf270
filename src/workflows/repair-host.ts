import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { fail } from '../deployment/failures';
import { afterClaim, type Inspection } from '../deployment/inspection';
import { nameOf } from '../deployment/model';
import { addressTaken, refuse } from '../deployment/plan/refusals';
import { isWell, planRepair, type Repair } from '../deployment/plan/repair-plan';
import { restore, servesAlready, undo } from './execute-plan';
import { execute, withinMinutes } from './execute-step';
import type { Host } from './host';
import type { Semaphore } from './semaphore';
import { quick } from './steps';

/** A claim names a commit; where none is known, none is. */
const NO_COMMIT = '0'.repeat(40);

/**
 * Repairs one host with the steps, in the order, that an operator would take by hand. A host that is well is left
 * alone, without a claim. After the first change, a cancel waits.
 * @returns the singletons that are to be started here once no host runs one that belongs elsewhere
 */
export async function repairHost(host: Host, begins: () => void, oneAtATime: Semaphore): Promise<string[]> {
  const seen = await examine(host, 'examine', true);
  const plan = planRepair(seen, host.written, host.place);
  if (isWell(plan)) host.fact.state = 'well';
  if (plan.repairs.some(isForThisHost))
    // Hosts that serve are not taken from their users all at once.
    await (seen.ready
      ? oneAtATime.hold(() => begun(begins, () => changeHost(host, seen)))
      : begun(begins, () => changeHost(host, seen)));
  if (plan.beyond !== null) {
    const advice = 'Landfall has no release to restore: deploy a good commit.';
    throw fail('NotReady', `${host.name}: ${plan.beyond}.`, { host: host.name, advice });
  }
  return plan.repairs.flatMap((repair) => (repair.kind === 'start-singletons' ? repair.names : []));
}

/** Starts the singletons that belong here and do not run. No other host runs one any more. */
export async function startSingletons(host: Host, begins: () => void): Promise<void> {
  const seen = await examine(host, 'examine');
  const { repairs } = planRepair(seen, host.written, host.place);
  const [starts] = repairs.filter((repair) => repair.kind === 'start-singletons');
  if (starts === undefined) return;
  await begun(begins, async () => {
    await claim(host, seen);
    await undo(host, starts.steps, withinMinutes);
    await close(host, `${starts.names.join(', ')} started`);
  });
}

/** Each other host has to be done before singletons start. */
function isForThisHost({ kind }: Repair): boolean {
  return kind !== 'start-singletons';
}

async function begun(begins: () => void, change: () => Promise<void>): Promise<void> {
  // The look may have succeeded all the same, and nothing else has told of the cancel.
  if (CancellationScope.current().consideredCancelled)
    throw new CancelledFailure('cancelled before anything was changed');
  begins();
  await CancellationScope.nonCancellable(change);
}

async function changeHost(host: Host, before: Inspection): Promise<void> {
  await claim(host, before);
  await host.tidyUp();
  const seen = afterClaim(before, await examine(host, 'what is live now'));
  const done: string[] = [];
  for (const repair of planRepair(seen, host.written, host.place, true).repairs)
    done.push(...(await carryOut(host, repair)));
  await close(host, done.join('; ') || 'what an abandoned deploy had left was tidied up');
}

async function claim(host: Host, seen: Inspection): Promise<void> {
  host.fact.state = 'unknown';
  const commit = seen.lastGoodCommit ?? seen.liveCommit ?? NO_COMMIT;
  await host.claim(commit, `${host.input.by}, by landfall doctor`);
}

async function close(host: Host, done: string): Promise<void> {
  await quick(`${host.name}: close the claim`).closeClaim({ ...host.claimed, outcome: 'repaired' });
  const { repaired } = host.fact;
  host.fact.state = 'repaired';
  host.fact.repaired = repaired === undefined ? done : `${repaired}; ${done}`;
}

/** @returns its effect, for people */
async function carryOut(host: Host, repair: Repair): Promise<string[]> {
  switch (repair.kind) {
    case 'stop':
      await execute(host, repair.step, withinMinutes);
      return [];
    case 'processes':
      // By the restore, which follows.
      return [`${repair.names.join(', ')} started`];
    case 'end-singletons':
      await execute(host, repair.step, withinMinutes);
      return [`${repair.step.processes.join(', ')} ended`];
    case 'restore': {
      const { plan } = repair;
      if (await servesAlready(host, plan)) return [];
      await restore(host, plan);
      return [`${nameOf(plan.target.release)} restored`];
    }
    default:
      return [];
  }
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
