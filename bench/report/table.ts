import type { ContenderName } from '../contenders';
import type { Scenario } from '../scenarios';
import type { Summary } from './summary';
import { seconds, servesAfter, spreadOf, whole } from './words';

const HEADINGS = [
  'a release that',
  'deployed by',
  'deploys',
  'failed requests',
  'reached it',
  'worst ms',
  'outage s',
  'wall time s',
  'to the script',
  'serves after',
];

const NUMBERS = new Set(HEADINGS.slice(2, 7));

/** One table of everything, for a terminal. */
export function tableOf(
  summaries: readonly Summary[],
  scenarios: readonly Scenario[],
  titles: Record<ContenderName, string>,
): string {
  const rows = scenarios.flatMap((scenario) =>
    summaries
      .filter((summary) => summary.scenario === scenario.name)
      .map((summary, index) => cells(summary, index === 0 ? scenario.title : '', titles)),
  );
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return NUMBERS.has(HEADINGS[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(HEADINGS), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

function cells(summary: Summary, title: string, titles: Record<ContenderName, string>): string[] {
  return [
    title,
    titles[summary.contender],
    String(summary.deploys),
    `${whole(summary.failed)} of ${whole(summary.requests)}`,
    // Everybody is to reach a good one.
    summary.scenario === 'good' ? '' : whole(summary.reached),
    summary.worstMs === null ? '–' : whole(summary.worstMs),
    seconds(summary.outageSeconds),
    spreadOf(summary.wallSeconds),
    summary.toScript === null ? '' : spreadOf(summary.toScript),
    servesAfter(summary),
  ];
}
