/** `npm run bench:processes`: the cost of processes next to the web server. See README.md here. */
import { Zoo } from '../../test/zoo/zoo';
import { type LoadResult, underLoad } from './load';
import { readOptions } from './options';
import { median, type Round, takeTurns } from './times';

async function bench(): Promise<void> {
  const { rounds, deploys } = readOptions(process.argv.slice(2));
  const zoo = await Zoo.open();
  try {
    if (rounds > 0) sayTimes(await takeTurns(zoo, rounds, say));
    if (deploys > 0) sayLoad(await underLoad(zoo, deploys, say));
  } finally {
    await zoo.close();
  }
}

function sayTimes(rounds: Round[]): void {
  const [first] = rounds;
  const counts = first === undefined ? [] : [...first.keys()];
  const secondsOf = (count: number) => rounds.map((round) => round.get(count) ?? Number.NaN);
  for (const count of counts) say(`${count} processes: ${spread(secondsOf(count))} s`);
  for (const [at, count] of counts.entries()) {
    const more = counts[at + 1];
    if (more === undefined) continue;
    const each = rounds.map(
      (round) => ((round.get(more) ?? Number.NaN) - (round.get(count) ?? Number.NaN)) / (more - count),
    );
    say(`each further process from ${count} to ${more}, round by round: ${spread(each)} s`);
  }
}

function sayLoad({ deploys, load, tasks, seconds }: LoadResult): void {
  const failures = JSON.stringify(load.failures);
  say(`${deploys} deploys, ${spread(seconds)} s each`);
  say(
    `${load.failed} of ${load.requests} requests failed ${failures}; slowest ${load.worstMs?.toFixed(0)} ms`,
  );
  say(
    `${tasks.sent} tasks: ${tasks.once} done once, ${tasks.again} done again, ${tasks.lost} lost, ${tasks.killed} killed`,
  );
}

/** `2.56 (2.41–2.81)`: the median, the lowest and the highest. */
function spread(values: number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(2));
  return `${median(values).toFixed(2)} (${low} to ${high})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

bench().catch((error: unknown) => {
  process.stderr.write(`The bench failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
