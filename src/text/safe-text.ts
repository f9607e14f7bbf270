/**
 * Foreign text (of an app, a host, a repository, the engine, the environment of a CI job) in a safe form. A
 * safe text acts on no terminal, no CI and no Markdown. Pure and free of Node's modules, because workflow code
 * imports this too. Each function takes time linear in its text, and leaves its own results unchanged.
 */

const ESC = '\u001b';
/** OSC, DCS, SOS, PM and APC with all that they carry, up to their end and not beyond a line. */
const STRING_SEQUENCE = `(?:${ESC}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])\\P{Cc}*(?:\u0007|${ESC}\\\\|\u009c)`;
const CSI_SEQUENCE = `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]?`;
/** Of a string that never ends only this much goes: the rest is shown, so that it hides nothing. */
const OTHER_SEQUENCE = `${ESC}[ -/]*[0-~]?`;
const SEQUENCES = new RegExp(`${STRING_SEQUENCE}|${CSI_SEQUENCE}|${OTHER_SEQUENCE}`, 'gu');

/** Every character that some program takes for the end of a line. */
const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
const CONTROLS = /[^\P{Cc}\t]/gu;
/** Variation selectors choose between two forms of a character, and can carry a hidden text. */
const VARIATION_SELECTORS = /\p{Variation_Selector}/gu;
/** Bidirectional controls, zero-width characters, tags: characters that are invisible or reverse others. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** The lines of a text, as whoever shows them would see them; each is without any line end. */
export function linesOf(text: string): string[] {
  return text.replace(SEQUENCES, '').split(LINE_ENDS).map(visible);
}

/** A text where one line is meant: a line end within it becomes a visible `\n`. */
export function oneLine(text: string): string {
  return linesOf(text.trimEnd()).join('\\n');
}

/**
 * The same as one line of a log, in which no CI system finds a command. GitHub Actions looks for `::` at the
 * beginning and `##[` anywhere, Azure for `##vso[`, TeamCity for `##teamcity[`, GitLab for `section_start:`.
 */
export function printable(line: string): string {
  return oneLine(line)
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replace(/#(?=#[\w.-]*\[)/g, '# ')
    .replace(/\b(section_(?:start|end)):/gi, '$1 :');
}

/** A value as indented JSON that is safe too, and is read back as it was. */
export function safeJson(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? 'null')
    .replace(/[^\P{Cc}\n]/gu, escaped)
    .replace(VARIATION_SELECTORS, escaped)
    .replace(INVISIBLE, escaped)
    .replace(/#(?=#[\w.-]*\[)/g, escaped);
}

/**
 * A text as one line of Markdown that shows it and means nothing: no link, no picture, no table, no HTML.
 * @param most characters, beyond which it is cut
 */
export function markdown(text: string, most = 500): string {
  return shortened(oneLine(text), most).replace(/[\\`*_[\]<>|!~&#$]/g, '\\$&');
}

/** The same for every text in a value, the names of its fields included. */
export function markdownIn<T>(value: T): T;
export function markdownIn(value: unknown): unknown {
  if (typeof value === 'string') return markdown(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => markdownIn(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [markdown(key), markdownIn(item)]));
}

/** The engine's limit for a summary is a few hundred bytes, and it refuses a longer one. */
const MOST_SUMMARY = 200;

/** A text as the summary of a run or a step, which the Temporal UI shows as one line of Markdown. */
export function markdownSummary(text: string): string {
  return withinBytes(markdown(text), MOST_SUMMARY).replace(/(?<!\\)\\$/, '');
}

/** The text of which `markdown` was made. */
export function fromMarkdown(text: string): string {
  return text.replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

/** At most so many characters, of which none is cut in two. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Enough to tell, of a text of any length: a character has at most two units.
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** The beginning of a text that takes at most so many bytes as UTF-8. */
export function withinBytes(text: string, most: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > most) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function visible(line: string): string {
  return line
    .replace(CONTROLS, '')
    .toWellFormed()
    .replace(VARIATION_SELECTORS, '')
    .replace(INVISIBLE, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16);
      return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
    });
}

/** As JSON writes it: each UTF-16 unit by its number. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
