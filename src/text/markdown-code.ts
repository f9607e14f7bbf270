import { linesOf, oneLine, shortened } from './safe-text';

/**
 * Foreign text in Markdown as code, where it cannot become a link, a mention, a picture or HTML. Escaping alone is not
 * enough on GitHub, which makes links of bare addresses. Neither result may stand in a table: a bar ends a cell even
 * within code.
 */

/** Within a line. */
export function codeSpan(text: string, most = 500): string {
  const shown = shortened(oneLine(text), most);
  // A span of blanks alone, or of nothing, would not be code.
  if (shown.trim() === '') return '` `';
  const marks = '`'.repeat(longestRun(shown) + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${marks}${pad}${shown}${pad}${marks}`;
}

/** Lines of its own. @param most lines, of which the last ones are kept */
export function codeBlock(text: string, most: number): string[] {
  const all = linesOf(text.trimEnd());
  const lines = all.slice(-most).map((line) => shortened(line, 500));
  const marks = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [marks, ...(all.length > most ? ['…'] : []), ...lines, marks];
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
