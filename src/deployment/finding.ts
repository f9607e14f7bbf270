/** What `landfall doctor` hands to the command line about one host. Pure. */
import type { Inspection } from './inspection';
import { isWell, planRepair } from './plan/repair-plan';
import type { Written } from './plan/rollback-target';
import type { Reason } from './status';

/** What was seen on a host and what follows from it, or why nothing was seen. */
export type Finding = Examined | { problem: Reason };

export interface Examined {
  seen: Seen;
  plan: Diagnosis;
}

/** Without whole settings, which nobody reads here: of many hosts they are more than a result may hold. */
export type Seen = Omit<Inspection, 'probes'>;

/** The plan that `landfall doctor --repair` executes, in words. */
export interface Diagnosis {
  /** Nothing to repair, and nothing that a person has to look after. */
  well: boolean;
  repairs: string[];
  /** What no repair can correct; null: nothing. */
  beyond: string | null;
}

export function findingOf({ probes, ...seen }: Inspection, written: Written): Examined {
  const plan = planRepair({ ...seen, probes }, written);
  const repairs = plan.repairs.map(({ words }) => words);
  return { seen, plan: { well: isWell(plan), repairs, beyond: plan.beyond } };
}
