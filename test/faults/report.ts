/** The texts about runs with faults. Pure. */
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

/** How many runs, which faults struck how often and where, the time to continue, and the violations. */
export function summaryOf(results: RunResult[]): string {
  const wrong = results.filter(({ violations }) => violations.length > 0).length;
  const lines = ['', `${results.length} runs, ${wrong} of them with violations.`, ''];
  lines.push('| fault | phase | injected | on after: median | worst | ends (exit code: how often) |');
  lines.push('|---|---|---|---|---|---|');
  for (const fault of FAULT_NAMES) {
    for (const phase of PHASES) {
      const struck = struckIn(results, fault, phase);
      if (struck.length > 0) lines.push(`| ${faultKind(fault).title} | ${phase} | ${inNumbers(struck)} |`);
    }
  }
  return lines.join('\n');
}

const PHASES = ['prepare', 'release', 'finish', 'rollback'] as const;

interface Struck {
  code: number | null;
  seconds: number | null;
}

function struckIn(results: RunResult[], fault: FaultName, phase: string): Struck[] {
  return results.flatMap(({ injected, code }) => {
    const here = injected.filter((one) => one.fault === fault && one.phase === phase && one.step !== null);
    // Where several struck, each waits for the others too.
    const alone = injected.filter(({ step }) => step !== null).length === 1;
    return here.map(({ recoverySeconds }) => ({ code, seconds: alone ? recoverySeconds : null }));
  });
}

function inNumbers(struck: Struck[]): string {
  const seconds = struck.flatMap((one) => one.seconds ?? []).sort((a, b) => a - b);
  const said = (value: number | undefined) => (value === undefined ? '—' : `${value.toFixed(1)} s`);
  const codes = [...new Set(struck.map(({ code }) => code))].sort();
  const ends = codes.map((code) => `${code}: ${struck.filter((one) => one.code === code).length}`);
  return [
    struck.length,
    said(seconds[Math.floor(seconds.length / 2)]),
    said(seconds.at(-1)),
    ends.join(', '),
  ].join(' | ');
}
