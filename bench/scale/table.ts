/** The measurements as the table of docs/performance.md. Pure. */
import type { Result } from './measure';
import { TITLES } from './scenarios';

const HEADINGS = [
  'hosts',
  'scenario',
  'seconds',
  "worker's CPU",
  'events',
  'history',
  'result',
  "worker's memory",
  'failed workflow tasks',
];

export const HEADER = [
  line(HEADINGS),
  `|${HEADINGS.map((heading) => (heading === 'scenario' ? '---|' : '---:|')).join('')}`,
];

export function rowOf({ scenario, seconds, ...result }: Result): string {
  return line([
    result.hosts.toLocaleString('en'),
    TITLES[scenario],
    seconds === null ? 'does not end' : seconds.toFixed(1),
    `${result.workerCpuSeconds.toFixed(1)} s`,
    result.events.toLocaleString('en'),
    `${(result.historyBytes / 1e6).toFixed(1)} MB`,
    result.resultBytes === 0 ? '' : `${(result.resultBytes / 1e3).toFixed(1)} kB`,
    `${Math.round(result.workerBytes / 1e6)} MB`,
    String(result.failedTasks),
  ]);
}

/**
 * The page with these rows in place of those of its table.
 * @throws Error when the page has no such table
 */
export function withTable(page: string, rows: string[]): string {
  const table = /^\| hosts \| scenario \|.*\n(?:\|.*\n)+/m;
  if (!table.test(page)) throw new Error('The page has no table that begins with hosts and scenario.');
  return page.replace(table, () => `${[...HEADER, ...rows].join('\n')}\n`);
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
