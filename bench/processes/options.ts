import { InvalidArgumentError, Option, program } from 'commander';

export interface Options {
  /** Of deploys with 1, 3 and 6 processes. */
  rounds: number;
  /** Under load. */
  deploys: number;
}

/** @throws nothing: commander prints what is wrong and ends the process */
export function readOptions(args: string[]): Options {
  return program
    .name('npm run bench:processes --')
    .description(
      'Measure the cost of processes next to the web server, and deploy web and worker under load.',
    )
    .addOption(
      new Option('--rounds <n>', 'deploys with each number of processes').default(6).argParser(count),
    )
    .addOption(
      new Option('--deploys <n>', 'deploys of web and worker under load').default(20).argParser(count),
    )
    .parse(args, { from: 'user' })
    .opts<Options>();
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('A whole number.');
  return number;
}
