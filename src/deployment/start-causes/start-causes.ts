/** The cause of an import, a start or a build that has failed, read from its output. Pure. */
import { MODULES } from './modules';
import { PLACES } from './places';
import type { Cause, Row, Started } from './row';
import { OF_SERVER_ITSELF, SERVER } from './server';
import { SERVICES } from './services';
import { SETTINGS } from './settings';

const ROWS: Row[] = [...SERVER, ...SETTINGS, ...SERVICES, ...MODULES, ...PLACES];

/** Lines at the end of an output in which a cause without a traceback is looked for. */
const LAST_LINES = 40;
const MOST_LINES_OF_ERROR = 30;
const MOST_ERROR = 300;

/** The words for a failure whose output is known. */
export interface Told {
  /** The cause and the error, as sentences. */
  message: string;
  /** null: no row of the table fits. */
  advice: string | null;
}

/**
 * @param outputs of the start, the most telling text first; journal lines may have their time in front
 * @returns null when no output has an error in it
 */
export function causeOfStart(outputs: string[], started: Started): Told | null {
  const texts = outputs.map(plain);
  const errors = texts.flatMap((text) => errorsIn(text).reverse());
  const found =
    firstOf(OF_SERVER_ITSELF, texts, started) ??
    firstCause(errors, started) ??
    (errors.length > 0 ? null : firstOf(ROWS, texts.map(lastLines), started));
  const [last] = errors;
  const error = last === undefined ? null : shown(found?.error ?? last);
  if (found === null) return error === null ? null : { message: `${error}.`, advice: null };
  const { message, advice } = found.cause;
  return { message: error === null ? message : `${message} The error: ${error}.`, advice };
}

/** An error: its type and words, and the line of the project where it came from. */
interface ReadError {
  text: string;
  place: string | null;
}

function firstCause(errors: ReadError[], started: Started): { cause: Cause; error: ReadError } | null {
  for (const error of errors) {
    const cause = fitting(ROWS, error.text, started);
    if (cause !== null) return { cause, error };
  }
  return null;
}

function firstOf(rows: Row[], texts: string[], started: Started): { cause: Cause; error?: undefined } | null {
  for (const text of texts) {
    const cause = fitting(rows, text, started);
    if (cause !== null) return { cause };
  }
  return null;
}

function fitting(rows: Row[], text: string, started: Started): Cause | null {
  for (const { seen, cause } of rows) {
    const match = seen.exec(text);
    const found =
      match === null
        ? null
        : cause(
            match.slice(1).map((group) => group ?? ''),
            started,
          );
    if (found !== null) return found;
  }
  return null;
}

/** The front of a journal's line. */
const JOURNAL = /^\d\d:\d\d:\d\d\.\d{3}Z \S+: /;
const SYSTEMD = /^\d\d:\d\d:\d\d\.\d{3}Z systemd\[1\]: /;

/** Without the time and the process in front of a journal's lines, and without the marks of an exception group. */
function plain(text: string): string {
  return text
    .split('\n')
    .filter((line) => !SYSTEMD.test(line))
    .map((line) => line.replace(JOURNAL, '').replace(/^[\s+|-]*[|+] ?(?=\S|\s)/, ''))
    .join('\n');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}

/** The errors of the tracebacks in an output, the last one last. */
function errorsIn(text: string): ReadError[] {
  const lines = text.split('\n');
  const errors: ReadError[] = [];
  for (const [at, line] of lines.entries()) {
    if (!/Traceback \(most recent call last\)/.test(line)) continue;
    let begin = at + 1;
    while (begin < lines.length && /^(\s|$)/.test(lines[begin] ?? '')) begin += 1;
    if (begin >= lines.length) continue;
    let end = begin + 1;
    while (end < lines.length && end - begin < MOST_LINES_OF_ERROR && !ENDS.test(lines[end] ?? '')) end += 1;
    errors.push({
      text: lines.slice(begin, end).join('\n').trim(),
      place: placeIn(lines.slice(at, begin)),
    });
  }
  return errors;
}

/** A line that cannot be part of an error's words. */
const ENDS = /^Traceback |^\[\d|^\w+: {2,}|landfall gate: |^The above exception|^During handling|^\d+-\w+: /;

/** `main.py line 3`: the innermost frame in the release. */
function placeIn(frames: string[]): string | null {
  for (const line of frames.toReversed()) {
    const [, path, number] =
      /File "[^"]*\/releases\/[^/"]+\/((?!\.venv\/)[^"]{1,200})", line (\d+)/.exec(line) ?? [];
    if (path !== undefined) return `${path} line ${number}`;
  }
  return null;
}

function shown({ text, place }: ReadError): string {
  const words = text.replace(/\s+/g, ' ').slice(0, MOST_ERROR).replace(/\.$/, '');
  return place === null ? words : `${words} (${place})`;
}
