/** `npm run bench:scale`: how a deploy grows with its hosts. See README.md here. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root';
import type { Result } from './measure';
import { readOptions } from './options';
import { OUTCOMES, type Scenario, TITLES } from './scenarios';
import { HEADER, rowOf, withTable } from './table';

const PAGE = join(packageRoot(), 'docs', 'performance.md');

async function scale(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const results: Result[] = [];
  say(...HEADER);
  for (const hosts of options.hosts) {
    for (const scenario of options.scenario) {
      const result = await measured(scenario, hosts, options.limit);
      results.push(result);
      say(rowOf(result));
    }
  }
  if (options.out !== null) writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`);
  const wrong = results.filter(({ scenario, outcome }) => outcome !== OUTCOMES[scenario]);
  for (const { scenario, hosts, outcome } of wrong)
    process.stderr.write(`${TITLES[scenario]}, ${hosts} hosts: ended as ${outcome}\n`);
  if (wrong.length > 0) process.exitCode = 1;
  else if (options.record) writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), results.map(rowOf)));
}

/** Each in a process of its own, so that none inherits another one's memory. */
async function measured(scenario: Scenario, hosts: number, limit: number): Promise<Result> {
  const args = [join(__dirname, 'measure.js'), scenario, String(hosts), String(limit)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  const words = stderr.trim().split('\n').at(-1) ?? '';
  if (words !== '') process.stderr.write(`  ${words.slice(0, 300)}\n`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

void scale();
