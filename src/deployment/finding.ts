/** The finding of `landfall doctor` about one host, for the command line. Pure. */
import type { Inspection } from './inspection';
import { isWell, planRepair } from './plan/repair-plan';
import type { Written } from './plan/rollback-target';
import type { Reason } from './status';

/** The facts of a host with their consequences, or why the host could not be examined. */
export type Finding = Examined | { problem: Reason };

export interface Examined {
  seen: Seen;
  plan: Diagnosis;
}

/** Without the settings, which the doctor does not show: those of many hosts are too large for a result. */
export type Seen = Omit<Inspection, 'probes'>;

/** The plan that `landfall doctor --repair` executes, in words. */
export interface Diagnosis {
  /** The host needs no repair and no person. */
  well: boolean;
  repairs: string[];
  /** The problem that no repair can correct; null: none. */
  beyond: string | null;
}

export function findingOf({ probes, ...seen }: Inspection, written: Written): Examined {
  const plan = planRepair({ ...seen, probes }, written);
  const repairs = plan.repairs.map(({ words }) => words);
  return { seen, plan: { well: isWell(plan), repairs, beyond: plan.beyond } };
}
