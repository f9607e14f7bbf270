import { randomNumbers } from '../harness/random-numbers';
import type { Strategy } from '../harness/world';
import { FAULT_NAMES, type FaultName } from './fault-kinds';
import type { Plan } from './fault-run';
import type { Scenario } from './lab';

/** Each of the faults at each of a run's steps in turn. */
export function everyStep(
  run: { strategy: Strategy; scenario: Scenario; steps: readonly string[] },
  faults: readonly FaultName[],
): Plan[] {
  const { strategy, scenario, steps } = run;
  return faults.flatMap((fault) =>
    steps.map((_, at) => ({ strategy, scenario, faults: [{ fault, at, after: 0 }] })),
  );
}

/** At most this many faults strike one run. */
const MOST_FAULTS = 3;

/** Milliseconds after the beginning of a step: steps last from 40 ms to a few seconds. */
const LATEST = 600;

/**
 * One to three faults at moments of their own, for one run.
 * @param seed with the number of the run it decides everything, so that a run can be repeated alone
 */
export function randomPlan(
  run: { strategy: Strategy; scenario: Scenario; steps: number },
  seed: number,
  number: number,
): Plan {
  const random = randomNumbers(seed * 1_000_003 + number);
  const below = (limit: number) => Math.floor(random() * limit);
  const { strategy, scenario } = run;
  const faults = Array.from({ length: 1 + below(MOST_FAULTS) }, () => {
    const fault = FAULT_NAMES[below(FAULT_NAMES.length)] ?? 'worker killed';
    return { fault, at: below(run.steps), after: below(LATEST) };
  });
  return { strategy, scenario, faults: faults.sort((a, b) => a.at - b.at), number };
}
