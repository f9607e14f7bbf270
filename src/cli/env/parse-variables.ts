/**
 * NAME=value lines, as people and other tools write them. Nothing is expanded: a value is what stands there. Pure.
 * No text of it quotes a value, or a name that may be a part of one.
 */
import { TYPES } from '../../contract/contract';

/** The variables of a text, or why the text is refused; a sentence each, with its line. */
export interface Variables {
  values: Map<string, string>;
  /** Names without a value: `NAME=`. A form that a person fills in has them. */
  empty: string[];
  problems: string[];
  notices: string[];
}

const NAME = new RegExp(`^${TYPES.variable.pattern}$`);
const OWN_NAME = new RegExp(`^${TYPES.ownVariable.pattern}$`);
const SETTING = /^[ \t]*(?:export[ \t]+)?([^=\s]+)[ \t]*=[ \t]*/;
/** Of a value in double quotes, as in shells and dotenv; any other backslash is a backslash. */
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/** Why a variable cannot have that name; null: it can. */
export function problemOfName(name: string): string | null {
  if (OWN_NAME.test(name)) return null;
  return NAME.test(name)
    ? `${name} belongs to systemd or to Landfall`
    : 'a name has letters, digits and _, and does not begin with a digit';
}

export function parseVariables(text: string): Variables {
  const found: Variables = { values: new Map(), empty: [], problems: [], notices: [] };
  const lines = text.replace(/^\ufeff/, '').split('\n');
  for (let at = 0; at < lines.length; ) at += readLine(lines, at, found);
  return found;
}

/** @returns how many lines belong to it */
function readLine(lines: string[], at: number, found: Variables): number {
  const line = lines[at] ?? '';
  if (/^\s*(#|$)/.test(line)) return 1;
  const place = `line ${at + 1}`;
  const setting = SETTING.exec(line);
  if (setting === null) {
    found.problems.push(`${place}: there is no NAME=value`);
    return 1;
  }
  const [begin, name = ''] = setting;
  const problem = problemOfName(name);
  if (problem !== null) found.problems.push(`${place}: ${problem}`);
  const quote = line.charAt(begin.length);
  const quoted = quote === '"' || quote === "'" ? readQuoted(lines, at, begin.length, quote) : null;
  const value = quoted === null ? line.slice(begin.length).trimEnd() : quoted.value;
  if (quoted?.problem) found.problems.push(`${place}: ${quoted.problem}`);
  if (value.includes('\0')) found.problems.push(`${place}: the value has a NUL character`);
  if (found.values.has(name)) found.problems.push(`${place}: ${name} is set twice`);
  if (quoted === null && /\s#/.test(value))
    found.notices.push(`${place}: the text after # belongs to the value`);
  if (quote !== "'" && /\$(\{\w|[A-Z_])/.test(value))
    found.notices.push(`${place}: $ is kept as it is, and nothing is put in its place`);
  if (quoted === null && value === '') found.empty.push(name);
  else if (problem === null) found.values.set(name, value);
  return quoted?.lines ?? 1;
}

interface Quoted {
  value: string;
  lines: number;
  problem: string | null;
}

/** A value in quotes, which may have several lines. */
function readQuoted(lines: string[], first: number, begin: number, quote: string): Quoted {
  let value = '';
  for (let at = first; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    for (let column = at === first ? begin + 1 : 0; column < line.length; column += 1) {
      const letter = line.charAt(column);
      if (letter === quote) {
        const isEnd = /^\s*(#.*)?$/.test(line.slice(column + 1));
        const problem = isEnd ? null : 'there is text behind the closing quote';
        return { value, lines: at - first + 1, problem };
      }
      const escaped = quote === '"' && letter === '\\' ? ESCAPES[line.charAt(column + 1)] : undefined;
      value += escaped ?? letter;
      if (escaped !== undefined) column += 1;
    }
    value += '\n';
  }
  return { value, lines: lines.length - first, problem: 'the quote is never closed' };
}
