import { InvalidArgumentError, Option, program } from 'commander';
import { MOST_HOSTS } from '../../src/config/history-limit';
import { SCENARIOS, type Scenario } from './scenarios';

export interface Options {
  hosts: number[];
  scenario: Scenario[];
  /** Seconds after which a deploy counts as one that does not end. */
  limit: number;
  /** File for the results as JSON; null: none. */
  out: string | null;
  /** Whether the table of docs/performance.md is written again. */
  record: boolean;
}

const HOSTS = [10, 100, 250, 500, MOST_HOSTS];

/** @throws nothing: commander prints what is wrong and ends the process */
export function readOptions(args: string[]): Options {
  return program
    .name('npm run bench:scale --')
    .description(
      'How deploys grow with the number of hosts: real engine, worker and workflow, faked activities.',
    )
    .addOption(new Option('--hosts <numbers>', 'for example 10,100').default(HOSTS).argParser(numbers))
    .addOption(
      new Option('--scenario <names>', SCENARIOS.join(',')).default([...SCENARIOS]).argParser(scenarios),
    )
    .addOption(new Option('--limit <seconds>', 'when a deploy counts as hung').default(300).argParser(number))
    .addOption(new Option('--out <file>', 'the results as JSON').default(null))
    .addOption(new Option('--record', 'write the table of docs/performance.md again').default(false))
    .parse(args, { from: 'user' })
    .opts<Options>();
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number above zero.');
  return value;
}

function numbers(text: string): number[] {
  return text.split(',').map(number);
}

function scenarios(text: string): Scenario[] {
  return text.split(',').map((name) => {
    const known = SCENARIOS.find((scenario) => scenario === name);
    if (known === undefined) throw new InvalidArgumentError(`Not ${name}.`);
    return known;
  });
}
