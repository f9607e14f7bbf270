/** Lines of a terminal as a picture: plain SVG text, dark on every page, without scripts and fonts of its own. */

/** Widest row. More than this is too small to read in the column of a README. */
const COLUMNS = 108;
/** In pixels. */
const CHARACTER = 7.5;
const ROW = 18;
const MARGIN = 18;
const FONT_SIZE = 12.5;
const FONTS =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

const STYLE = [
  `text { font: ${FONT_SIZE}px ${FONTS}; fill: #c9d1d9; white-space: pre; }`,
  '.strong { font-weight: bold; fill: #f0f6fc; }',
  '.good { fill: #56d364; }',
  '.bad { fill: #ff7b72; }',
  '.end { font-weight: bold; fill: #e3b341; }',
  '.pale { fill: #8b949e; }',
].join('\n');

type Look = 'plain' | 'strong' | 'good' | 'bad' | 'end' | 'pale';

/** The look of a line, by how it begins. */
const LOOKS: [RegExp, Look][] = [
  [/^(\$ |Release:|Rolling back:|Live now:)/, 'strong'],
  [/^\s+✗ /, 'bad'],
  [/^(ROLLED BACK|REJECTED)\b/, 'end'],
  [/^DEPLOYED\b/, 'good'],
  [/^⋯ /, 'pale'],
];

/** The picture of these lines. Pure: the same lines give the same text. */
export function pictureOfTerminal(lines: readonly string[], title: string): string {
  const rows = lines.flatMap((line) => wrapped(line).map((text) => ({ text, look: lookOf(line) })));
  const width = Math.ceil(COLUMNS * CHARACTER) + 2 * MARGIN;
  const height = rows.length * ROW + 2 * MARGIN;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>\n${STYLE}\n</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#444c56"/>`,
    ...rows.flatMap(({ text, look }, index) => rowOf(text, look, MARGIN + (index + 0.75) * ROW)),
    '</svg>',
  ].join('\n')}\n`;
}

function lookOf(line: string): Look {
  return LOOKS.find(([beginning]) => beginning.test(line))?.[1] ?? 'plain';
}

/** Its width is set, so that each font of a reader fills the same place. */
function rowOf(text: string, look: Look, y: number): string[] {
  if (text === '') return [];
  const indent = text.length - text.trimStart().length;
  const x = MARGIN + indent * CHARACTER;
  const shown = text.slice(indent);
  const marked = shown.startsWith('✓ ')
    ? `<tspan class="good">✓</tspan>${escaped(shown.slice(1))}`
    : escaped(shown);
  const class_ = look === 'plain' ? '' : ` class="${look}"`;
  return [`<text x="${x}" y="${y}"${class_} textLength="${shown.length * CHARACTER}">${marked}</text>`];
}

/** A line in rows of at most COLUMNS; the next ones stand below the first word. */
function wrapped(line: string): string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length + 2);
  const rows: string[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const blank = rest.lastIndexOf(' ', COLUMNS);
    const cut = blank > indent.length ? blank : COLUMNS;
    rows.push(rest.slice(0, cut).trimEnd());
    rest = indent + rest.slice(cut).trimStart();
  }
  return [...rows, rest];
}

/** Text for XML: without characters that act on a reader's display or that XML does not allow. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
