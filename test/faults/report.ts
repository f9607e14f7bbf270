/** What people read about runs with faults: pure text. */
import { FAULT_NAMES, type FaultName, faultKind } from './fault-kinds';
import type { RunResult } from './fault-run';

/** One line for one run; what was wrong with it below. */
export function lineFor(result: RunResult, number: number): string {
  const { plan, injected, code, seconds, users, violations, output } = result;
  const faults = injected.map(({ fault, step, recoverySeconds }) => {
    if (step === null) return `${fault}: too late`;
    return `${fault} at ${step}${recoverySeconds === null ? '' : ` (on after ${recoverySeconds.toFixed(1)} s)`}`;
  });
  const sign = violations.length === 0 ? '✓' : '✗';
  const line = `${sign} ${number} ${plan.strategy} ${plan.scenario}: ${faults.join(', ')} · exit ${code}, ${seconds.toFixed(1)} s, ${users.failed} of ${users.requests} failed`;
  if (violations.length === 0) return line;
  return [line, ...violations.map((what) => `    ✗ ${what}`), output.replace(/^/gm, '    | ')].join('\n');
}

/** How many runs, what was injected how often, how long it took to go on, and what was wrong. */
export function summaryOf(results: RunResult[]): string {
  const wrong = results.filter(({ violations }) => violations.length > 0).length;
  const lines = ['', `${results.length} runs, ${wrong} of them with violations.`, ''];
  lines.push('| fault | injected | on after: median | worst |', '|---|---|---|---|');
  for (const fault of FAULT_NAMES) {
    const seconds = recoveriesOf(results, fault);
    if (seconds.length === 0) continue;
    const median = seconds[Math.floor(seconds.length / 2)] ?? 0;
    lines.push(
      `| ${faultKind(fault).title} | ${seconds.length} | ${median.toFixed(1)} s | ${(seconds.at(-1) ?? 0).toFixed(1)} s |`,
    );
  }
  return lines.join('\n');
}

function recoveriesOf(results: RunResult[], wanted: FaultName): number[] {
  return results
    .flatMap(({ injected }) => injected)
    .flatMap(({ fault, step, recoverySeconds }) => {
      return fault === wanted && step !== null && recoverySeconds !== null ? recoverySeconds : [];
    })
    .sort((a, b) => a - b);
}
