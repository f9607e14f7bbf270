/** The same numbers as a picture: a small chart for each scenario and measure. Plain SVG text. */
import type { ContenderName } from '../contenders';
import type { Options } from '../options';
import type { Scenario } from '../scenarios';
import type { Machine } from './machine';
import type { Summary } from './summary';
import { mean, seconds } from './words';

export interface Picture {
  date: string;
  machine: Machine;
  options: Options;
  summaries: readonly Summary[];
  scenarios: readonly Scenario[];
  titles: Record<ContenderName, string>;
}

/** One column of charts. */
interface Measure {
  title: string;
  value(summary: Summary): number;
  label(summary: Summary): string;
}

const MEASURES: readonly Measure[] = [
  { title: 'failed requests, mean per deploy', value: failedPerDeploy, label: failedLabel },
  {
    title: 'longest outage, in seconds',
    value: ({ outageSeconds }) => outageSeconds,
    label: ({ outageSeconds }) => seconds(outageSeconds),
  },
  {
    title: 'wall time of the deploy, median, in seconds',
    value: ({ wallSeconds }) => wallSeconds.median,
    label: ({ wallSeconds }) => seconds(wallSeconds.median),
  },
];

const COLOURS: Record<ContenderName, string> = {
  'landfall-overlap': '#0b7285',
  'landfall-restart': '#5fb3bf',
  script: '#868e96',
  ansible: '#a4acb3',
  capistrano: '#c3c9ce',
};
const INK = '#212529';
const PALE = '#6c757d';
const ALARM = '#c92a2a';

/** In pixels. */
const WIDTH = 1120;
const MARGIN = 28;
const NAMES = 124;
const CHART = 300;
/** The longest bar; the rest of a chart is for its label. */
const BAR = 190;
const ROW = 19;
const BAR_HEIGHT = 13;
const TOP = 104;
const SCENARIO_TITLE = 26;
const SCENARIO_GAP = 20;

export function pictureOf(picture: Picture): string {
  const blocks: string[] = [];
  let y = TOP;
  for (const scenario of picture.scenarios) {
    const rows = picture.summaries.filter((summary) => summary.scenario === scenario.name);
    if (rows.length === 0) continue;
    blocks.push(block(scenario, rows, picture, y));
    y += SCENARIO_TITLE + rows.length * ROW + SCENARIO_GAP;
  }
  const height = y + 60;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="12" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 36, 'What a deploy costs users', 'font-size="20" font-weight="bold"'),
    text(MARGIN, 56, subtitle(picture), `fill="${PALE}"`),
    ...MEASURES.map(({ title }, column) => text(chartX(column), TOP - 14, title, 'font-weight="bold"')),
    ...blocks,
    ...footer(picture).map((line, index) =>
      text(MARGIN, y + 8 + index * 17, line, `font-size="11" fill="${PALE}"`),
    ),
    '</svg>',
  ].join('\n')}\n`;
}

function block(scenario: Scenario, rows: Summary[], { summaries, titles }: Picture, top: number): string {
  const parts = [
    `<line x1="${MARGIN}" y1="${top}" x2="${WIDTH - MARGIN}" y2="${top}" stroke="#dee2e6"/>`,
    text(MARGIN, top + 18, scenario.heading, 'font-weight="bold"'),
  ];
  rows.forEach((row, index) => {
    const y = top + SCENARIO_TITLE + index * ROW;
    parts.push(text(MARGIN, y + 11, titles[row.contender]));
    MEASURES.forEach((measure, column) => {
      const highest = Math.max(...summaries.map(measure.value));
      parts.push(bar(chartX(column), y, width(measure.value(row), highest), COLOURS[row.contender]));
      const end = chartX(column) + width(measure.value(row), highest) + 6;
      const stays = column === 0 && leftBad(row);
      parts.push(text(end, y + 11, measure.label(row), stays ? `fill="${ALARM}"` : ''));
    });
  });
  return parts.join('\n');
}

function failedPerDeploy({ failed, deploys }: Summary): number {
  return failed / deploys;
}

function failedLabel(summary: Summary): string {
  return `${mean(failedPerDeploy(summary))}${leftBad(summary) ? ', stays live' : ''}`;
}

function leftBad({ endings }: Summary): boolean {
  return (endings.bad ?? 0) + (endings.down ?? 0) > 0;
}

function chartX(column: number): number {
  return MARGIN + NAMES + column * (CHART + 14);
}

/** Grows with the square root: thirty seconds and a tenth of one both stay visible. */
function width(value: number, highest: number): number {
  return highest === 0 ? 0 : Math.round(Math.sqrt(value / highest) * BAR * 10) / 10;
}

function bar(x: number, y: number, length: number, colour: string): string {
  // Where nothing was lost a line still shows that it was measured.
  return `<rect x="${x}" y="${y}" width="${Math.max(length, 1)}" height="${BAR_HEIGHT}" fill="${colour}"/>`;
}

function subtitle({ options, machine }: Picture): string {
  const { rounds, rate } = options;
  return `each deploy ${rounds} times, in turn, on one host; ${rate} new connections, ${rate} requests on kept connections and ${rate} slow requests a second; ${machine.processors} processors for host, load and deploys together`;
}

function footer({ date, machine }: Picture): string[] {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    'Bars grow with the square root of the number, on one scale in each column. A client that sends nothing twice; a failure is anything but a 2xx within 10 s.',
    'The floor of an outage is the time between two requests. A bad release that is still live when all is over stays live.',
    `${date}. Linux ${machine.kernel}, ${machine.memoryGigabytes} GB, Node ${machine.node.slice(1)}, ${versions.join(', ')}.`,
  ];
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${Math.round(x * 10) / 10}" y="${y}" ${attributes}>${escaped}</text>`.replace(' >', '>');
}
