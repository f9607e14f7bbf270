import { InvalidArgumentError, Option, program } from 'commander';
import type { Strategy } from '../harness/world';
import { FAULT_NAMES, type FaultName } from './fault-kinds';
import type { Scenario } from './lab';

const STRATEGIES: readonly Strategy[] = ['overlap', 'restart'];
const SCENARIOS: readonly Scenario[] = ['good', 'bad'];

export interface Options {
  /** null: every fault at every step in turn, instead of by chance. */
  seed: number | null;
  runs: number;
  /** Number of the first run of the seed. */
  from: number;
  strategy: Strategy[];
  /** Whether releases declare a migration. */
  migrates: boolean;
  scenario: Scenario[];
  fault: FaultName[];
  /** Only at this step; null: at every one. */
  step: string | null;
  /** File that gets a line of JSON for each run; null: none. */
  out: string | null;
  /** Files of earlier runs to be summed up instead of running anything; empty: none. */
  sum: string[];
}

/** @throws nothing: commander prints what is wrong and ends the process */
export function readOptions(args: string[]): Options {
  const { seed, runs, from, strategy, migration, scenario, fault, step, out, sum } = program
    .name('npm run test:faults --')
    .description(
      'Kills what a deploy depends on, at every step in turn or by chance, and checks the host after it.',
    )
    .addOption(new Option('--seed <n>', 'by chance: several faults in each run').argParser(wholeNumber))
    .addOption(new Option('--runs <n>', 'how many of them').default(50).argParser(wholeNumber))
    .addOption(new Option('--from <n>', 'number of the first of them').default(0).argParser(wholeNumber))
    .addOption(choice('--strategy', STRATEGIES))
    .option('--no-migration', 'releases without a migration')
    .addOption(choice('--scenario', SCENARIOS))
    .addOption(choice('--fault', FAULT_NAMES))
    .option('--step <name>', 'at this step only, e.g. switchRelease')
    .option('--out <file>', 'a line of JSON for each run is added to it')
    .option('--sum <files...>', 'run nothing: sum up what earlier runs wrote with --out', [])
    .parse(args, { from: 'user' })
    .opts();
  return {
    seed: seed ?? null,
    runs,
    from,
    strategy,
    migrates: migration,
    scenario,
    fault,
    step: step ?? null,
    out: out ?? null,
    sum,
  };
}

function choice<Name extends string>(flag: string, known: readonly Name[]): Option {
  return new Option(`${flag} <names>`, known.join(',')).default(known).argParser((text: string) => {
    const wanted = text.split(',');
    const unknown = wanted.filter((name) => !known.some((other) => other === name));
    if (unknown.length > 0) throw new InvalidArgumentError(`Not ${unknown.join(', ')}.`);
    return known.filter((name) => wanted.includes(name));
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('A whole number.');
  return number;
}
