/**
 * The plan of a repair of one host. The doctor prints this plan. `--repair` executes it after the host has accepted
 * the claim and was inspected again. Pure.
 */
import { type Inspection, isClaimed } from '../inspection';
import type { FinishProcesses, Step } from './change';
import type { Place } from './placement';
import { type ProcessRepair, processRepair } from './process-repair';
import { planRestore, type RestorePlan } from './restore-plan';
import type { Written } from './rollback-target';

export interface RepairPlan {
  /** In this order. Empty: the host needs no repair. */
  repairs: Repair[];
  /** The problem that no repair can correct, so a person has to deploy; null: none. */
  beyond: string | null;
}

export type Repair = { words: string } & (
  | { kind: 'claim' }
  | { kind: 'leftovers' }
  | { kind: 'restore'; plan: RestorePlan }
  /** Nothing was ever good and nothing runs: then nothing listens either, and nothing boots. */
  | { kind: 'stop'; step: Step }
  /** The restore starts them. */
  | { kind: 'processes'; names: string[] }
  | { kind: 'end-singletons'; step: FinishProcesses }
  /** Once no host that runs one is left. */
  | { kind: 'start-singletons'; steps: Step[]; names: string[] }
);

/** @param begun the host has accepted the claim of a repair: what is there is verified in any case */
export function planRepair(facts: Inspection, written: Written, place: Place, begun = false): RepairPlan {
  const restore = restoration(facts, written);
  const processes = processRepair(facts, place);
  const repairs = [...claims(facts), ...leftovers(facts), ...missing(processes)];
  const needed = begun || repairs.length > 0;
  if (restore !== null && (needed || !isGood(facts)))
    repairs.push({ kind: 'restore', plan: restore, words: restore.words });
  if (restore === null && needed) repairs.push(...remains(facts));
  repairs.push(...singletons(processes));
  return { repairs, beyond: restore === null ? beyondRepair(facts) : null };
}

/** Whether nothing is to be done on the host, by anybody. */
export function isWell({ repairs, beyond }: RepairPlan): boolean {
  return repairs.length === 0 && beyond === null;
}

function claims(facts: Inspection): Repair[] {
  if (!isClaimed(facts)) return [];
  const engine = facts.claim?.ours ? '' : ' (with --take-over, because it is of another engine)';
  return [{ kind: 'claim', words: `take over the claim of the abandoned deploy, and close it${engine}` }];
}

function leftovers(facts: Inspection): Repair[] {
  return facts.leftovers.map((leftover) => ({ kind: 'leftovers', words: `tidy up that ${leftover}` }));
}

function missing({ missing: names }: ProcessRepair): Repair[] {
  if (names.length === 0) return [];
  return [{ kind: 'processes', names, words: `start ${names.join(', ')}, which should run here` }];
}

function singletons({ end, start: { names, steps } }: ProcessRepair): Repair[] {
  const ends: Repair[] =
    end === null
      ? []
      : [{ kind: 'end-singletons', step: end, words: `${end.words}, which should not run here` }];
  if (steps.length === 0) return ends;
  const words = `start ${names.join(', ')}, which should run here and nowhere else`;
  return [...ends, { kind: 'start-singletons', steps, names, words }];
}

/** Last good; on a host whose first deploy was abandoned, the unit from before. */
function restoration(facts: Inspection, written: Written): RestorePlan | null {
  if (facts.lastGood !== null || isUnitLeft(facts)) return planRestore(facts, written);
  return null;
}

function isGood({ lastGood, live, running, ready, moved }: Inspection): boolean {
  return running && ready && live === lastGood && moved === undefined;
}

function isUnitLeft(facts: Inspection): boolean {
  const { lastGood, boots, running, live, ready } = facts;
  const isFirst = lastGood === null && isClaimed(facts) && boots.foreign && boots.enabled;
  return isFirst && (!running || live !== null || !ready || facts.moved !== undefined);
}

function remains({ running, socket, boots }: Inspection): Repair[] {
  if (running || (!socket.active && boots.release === null)) return [];
  const words = 'stop what is left';
  return [{ kind: 'stop', step: { name: 'stopService', words }, words }];
}

function beyondRepair({ running, ready }: Inspection): string | null {
  if (!running || ready) return null;
  return 'the live release is not ready, and no good release exists here that could be restored';
}
