/** The findings of `landfall doctor`, for the command line. Pure. */
import { withinBytes } from '../text/safe-text';
import type { Inspection } from './inspection';
import type { Place } from './plan/placement';
import { checkoutStuck } from './plan/refusals';
import { toolsInWords } from './plan/release-settings';
import { isWell, planRepair } from './plan/repair-plan';
import type { Written } from './plan/rollback-target';
import type { Reason } from './status';

/** The facts of a host with their consequences, or why the host could not be examined. */
export type Finding = Examined | { problem: Reason };

export interface Examined {
  seen: Seen;
  plan: Diagnosis;
}

/** The facts that the doctor shows. */
export type Seen = Pick<
  Inspection,
  | 'live'
  | 'running'
  | 'ready'
  | 'why'
  | 'lastGood'
  | 'lastGoodCommit'
  | 'boots'
  | 'claim'
  | 'leftovers'
  | 'warnings'
  | 'processes'
  | 'dependents'
  | 'served'
> & {
  /** The interpreter and the installer of a deploy; absent: it would be refused, and a warning says so. */
  tools?: string;
};

/** The plan that `landfall doctor --repair` executes, in words. */
export interface Diagnosis {
  /** The host needs no repair and no person. */
  well: boolean;
  repairs: string[];
  /** The problem that no repair can correct; null: none. */
  beyond: string | null;
}

export function findingOf(facts: Inspection, written: Written, place: Place): Examined {
  const { live, running, ready, why, lastGood, lastGoodCommit, boots, claim, leftovers } = facts;
  const { processes, dependents } = facts;
  const tools = toolsInWords(place.host, written.settings, facts);
  const stuck = checkoutStuck(facts, { host: { name: place.host }, settings: written.settings });
  const warnings = [
    ...facts.warnings,
    ...(tools.missing === null ? [] : [tools.missing]),
    ...(stuck === null ? [] : [`${stuck.message} ${stuck.advice}`]),
  ];
  const plan = planRepair(facts, written, place);
  const repairs = plan.repairs.map(({ words }) => words);
  return {
    seen: {
      live,
      running,
      ready,
      why,
      lastGood,
      lastGoodCommit,
      boots,
      claim,
      leftovers,
      warnings,
      ...(processes && { processes }),
      ...(dependents && { dependents }),
      ...(facts.served && { served: facts.served }),
      ...(tools.missing === null && { tools: tools.words }),
    },
    plan: { well: isWell(plan), repairs, beyond: plan.beyond },
  };
}

/** Characters of the findings with whole texts. The engine takes no result over 2 MB. */
const MOST_WHOLE = 100_000;
/** Bytes of each text in the other findings. */
const MOST_BRIEF = 120;

/**
 * All findings in the order of landfall.yaml, within what a result may have. Hosts in trouble keep their whole texts
 * before hosts that are well.
 */
export function withinResult(findings: (readonly [host: string, Finding])[]): Record<string, Finding> {
  const fits = new Set<Finding>();
  let left = MOST_WHOLE;
  for (const [, finding] of findings.toSorted(([, a], [, b]) => Number(isAtEase(a)) - Number(isAtEase(b)))) {
    left -= JSON.stringify(finding).length;
    if (left >= 0) fits.add(finding);
  }
  return Object.fromEntries(findings.map(([host, each]) => [host, fits.has(each) ? each : brief(each)]));
}

function isAtEase(finding: Finding): boolean {
  return 'plan' in finding && finding.plan.well;
}

function brief(finding: Finding): Finding {
  if ('problem' in finding) {
    const { message, advice } = finding.problem;
    return { problem: { ...finding.problem, message: cut(message), advice: cut(advice) } };
  }
  const { seen, plan } = finding;
  const { claim } = seen;
  return {
    seen: {
      ...seen,
      why: cut(seen.why),
      claim: claim && { ...claim, engine: cut(claim.engine), by: cut(claim.by) },
      leftovers: firstOf(seen.leftovers),
      warnings: firstOf(seen.warnings),
      ...(seen.tools !== undefined && { tools: cut(seen.tools) }),
    },
    plan: { ...plan, repairs: firstOf(plan.repairs), beyond: plan.beyond && cut(plan.beyond) },
  };
}

function firstOf([first, ...others]: string[]): string[] {
  if (first === undefined) return [];
  return [cut(first), ...(others.length > 0 ? [`${others.length} more`] : [])];
}

function cut(text: string): string {
  const beginning = withinBytes(text, MOST_BRIEF);
  return beginning === text ? text : `${beginning}…`;
}
