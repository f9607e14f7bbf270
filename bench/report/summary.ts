import { CONTENDERS, type ContenderName } from '../contenders';
import type { Ending, Measurement } from '../measure';
import { SCENARIOS, type ScenarioName } from '../scenarios';

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** All deploys of one contender in one scenario. */
export interface Summary {
  contender: ContenderName;
  scenario: ScenarioName;
  deploys: number;
  requests: number;
  failed: number;
  /** Requests that the deployed release answered: too many, where it is a bad one. */
  reached: number;
  /** Of the quick requests with a good answer; null: there was none. */
  worstMs: number | null;
  outageSeconds: number;
  wallSeconds: Spread;
  /** Ratio of the wall time to the script's in the same round; null: the script did not run. */
  toScript: Spread | null;
  endings: Partial<Record<Ending, number>>;
}

/** One row for each contender and scenario that took part, always in the same order. */
export function summarize(measurements: readonly Measurement[]): Summary[] {
  return SCENARIOS.flatMap(({ name: scenario }) =>
    CONTENDERS.flatMap((contender) => {
      const group = measurements.filter((one) => one.scenario === scenario && one.contender === contender);
      return group.length === 0 ? [] : summaryOf(contender, scenario, group, measurements);
    }),
  );
}

function summaryOf(
  contender: ContenderName,
  scenario: ScenarioName,
  group: Measurement[],
  all: readonly Measurement[],
): Summary {
  const sum = (of: (one: Measurement) => number) => group.reduce((total, one) => total + of(one), 0);
  const worst = group.flatMap(({ load }) => load.worstMs ?? []);
  const endings: Partial<Record<Ending, number>> = {};
  for (const { ending } of group) endings[ending] = (endings[ending] ?? 0) + 1;
  return {
    contender,
    scenario,
    deploys: group.length,
    requests: sum(({ load }) => load.requests),
    failed: sum(({ load }) => load.failed),
    reached: sum(({ reached }) => reached),
    worstMs: worst.length === 0 ? null : Math.max(...worst),
    outageSeconds: Math.max(...group.map(({ load }) => load.outageMs)) / 1000,
    wallSeconds: spread(group.map(({ wallSeconds }) => wallSeconds)) as Spread,
    toScript: scenario === 'good' ? spread(ratios(group, all)) : null,
    endings,
  };
}

/** Pair by pair, because what else this machine does changes from round to round. */
function ratios(group: Measurement[], all: readonly Measurement[]): number[] {
  return group.flatMap(({ round, scenario, wallSeconds }) => {
    const script = all.find(
      (one) => one.contender === 'script' && one.round === round && one.scenario === scenario,
    );
    return script === undefined ? [] : wallSeconds / script.wallSeconds;
  });
}

function spread(values: number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? min) + (sorted[Math.floor(middle)] ?? max)) / 2;
  return { median, min, max };
}
