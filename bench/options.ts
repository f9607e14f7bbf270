import { InvalidArgumentError, Option, program } from 'commander';
import { CONTENDERS, type ContenderName } from './contenders';
import { SCENARIOS, type ScenarioName } from './scenarios';

export interface Options {
  rounds: number;
  /** Requests a second of each of the three kinds. */
  rate: number;
  only: ContenderName[];
  scenario: ScenarioName[];
  /** Where table, JSON and picture go; null: nowhere, which is what a partial run does unless told. */
  out: string | null;
}

const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name);

/** @throws nothing: commander prints what is wrong and ends the process */
export function readOptions(args: string[]): Options {
  const { rounds, rate, only, scenario, out } = program
    .name('npm run bench --')
    .description('Measure what a deploy costs users: Landfall, a script, Ansible and Capistrano, under load.')
    .addOption(new Option('--rounds <n>', 'deploys of each kind').default(5).argParser(positive))
    .addOption(new Option('--rate <n>', 'requests a second of each kind').default(50).argParser(positive))
    .addOption(
      new Option('--only <names>', CONTENDERS.join(',')).default(CONTENDERS).argParser(listOf(CONTENDERS)),
    )
    .addOption(
      new Option('--scenario <names>', SCENARIO_NAMES.join(','))
        .default(SCENARIO_NAMES)
        .argParser(listOf(SCENARIO_NAMES)),
    )
    .option('--out <folder>', 'where bench.json and bench.svg go (default: docs, when nothing is left out)')
    .parse(args, { from: 'user' })
    .opts();
  const whole = only.length === CONTENDERS.length && scenario.length === SCENARIO_NAMES.length;
  return { rounds, rate, only, scenario, out: out ?? (whole ? 'docs' : null) };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A whole number above zero.');
  return number;
}

function listOf<Name extends string>(known: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const wanted = text.split(',');
    const unknown = wanted.filter((name) => !known.some((other) => other === name));
    if (unknown.length > 0) throw new InvalidArgumentError(`Not ${unknown.join(', ')}.`);
    // In the table's order, whatever the order of the question.
    return known.filter((name) => wanted.includes(name));
  };
}
