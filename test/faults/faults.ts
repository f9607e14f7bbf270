/**
 * `npm run test:faults`: real deploys on real hosts, while what they depend on is killed. Every
 * fault at every step in turn, or several by chance (`--seed N --runs M`); the host is checked after
 * each run. Ends with 1 when anything was not as it must be.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import type { Strategy } from '../harness/world';
import { faultRun, type Plan, type RunResult } from './fault-run';
import { FaultLab, type Scenario } from './lab';
import { type Options, readOptions } from './options';
import { everyStep, randomPlan } from './plans';
import { lineFor, summaryOf } from './report';
import { stepsOf } from './steps-of';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const results: RunResult[] = options.sum.flatMap(resultsIn);
  for (const strategy of options.sum.length > 0 ? [] : options.strategy) {
    const labs = new Labs(strategy, options.migrates);
    try {
      for (const plan of await plansFor(await labs.lab(), options)) {
        const result = await faultRun(await labs.lab(), plan);
        results.push(result);
        say(lineFor(result, plan.number ?? results.length));
        if (options.out !== null) appendFileSync(options.out, `${JSON.stringify(result)}\n`);
        // Every later run would find its leftovers.
        if (result.violations.length > 0) await labs.discard();
      }
    } finally {
      await labs.discard();
    }
  }
  say(summaryOf(results));
  return results.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

function resultsIn(file: string): RunResult[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as RunResult);
}

/** One lab at a time; a new one after a run that left something. */
class Labs {
  private current: FaultLab | null = null;

  constructor(
    private readonly strategy: Strategy,
    private readonly migrates: boolean,
  ) {}

  async lab(): Promise<FaultLab> {
    this.current ??= await FaultLab.start(this.strategy, this.migrates);
    return this.current;
  }

  async discard(): Promise<void> {
    await this.current?.stop();
    this.current = null;
  }
}

async function plansFor(lab: FaultLab, options: Options): Promise<Plan[]> {
  const { strategy } = lab;
  const runs: { strategy: Strategy; scenario: Scenario; steps: string[] }[] = [];
  for (const scenario of options.scenario) {
    const steps = await stepsOf(lab, scenario);
    say(`${strategy}, ${scenario} release: ${steps.join(' → ')}`);
    runs.push({ strategy, scenario, steps });
  }
  const { seed, from } = options;
  if (seed === null) {
    return runs.flatMap((run) => {
      return everyStep(run, options.fault).filter(({ faults: [fault] }) => {
        return options.step === null || run.steps[Number(fault?.at)] === options.step;
      });
    });
  }
  return Array.from({ length: options.runs }, (_, index) => from + index).flatMap((number) => {
    const run = runs[number % runs.length];
    return run === undefined ? [] : randomPlan({ ...run, steps: run.steps.length }, seed, number);
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().then(
  // A deploy that was given up may still hold a connection.
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
