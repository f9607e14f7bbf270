/** `npm run bench:scale`: how a deploy grows with its hosts. See README.md here. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from './measure';
import { readOptions } from './options';
import { OUTCOMES, type Scenario, TITLES } from './scenarios';

const HEADINGS = [
  'hosts',
  'seconds',
  'events',
  'history',
  'status',
  'worker',
  'its CPU',
  'failed tasks',
  'ended as',
];

async function scale(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const results: Result[] = [];
  for (const scenario of options.scenario) {
    say('', `${TITLES[scenario]}`, '', `| ${HEADINGS.join(' | ')} |`, `|${'---:|'.repeat(HEADINGS.length)}`);
    for (const hosts of options.hosts) {
      const result = await measured(scenario, hosts, options.limit);
      results.push(result);
      say(`| ${cells(result).join(' | ')} |`);
    }
  }
  if (options.out !== null) writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`);
  if (results.some((result) => result.outcome !== OUTCOMES[result.scenario])) process.exitCode = 1;
}

/** Each in a process of its own, so that none inherits another one's memory. */
async function measured(scenario: Scenario, hosts: number, limit: number): Promise<Result> {
  const args = [join(__dirname, 'measure.js'), scenario, String(hosts), String(limit)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  const words = stderr.trim().split('\n').at(-1) ?? '';
  if (words !== '') process.stderr.write(`  ${words.slice(0, 300)}\n`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result;
}

function cells({ seconds, outcome, ...result }: Result): string[] {
  return [
    String(result.hosts),
    seconds === null ? 'does not end' : seconds.toFixed(1),
    result.events.toLocaleString('en'),
    `${(result.historyBytes / 1e6).toFixed(1)} MB`,
    `${(result.statusBytes / 1e3).toFixed(1)} kB`,
    `${Math.round(result.workerBytes / 1e6)} MB`,
    `${result.workerCpuSeconds.toFixed(1)} s`,
    String(result.failedTasks),
    outcome ?? '',
  ];
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

void scale();
