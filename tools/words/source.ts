import { CODE, type Passage } from './passage';

/** The texts of a TypeScript file that people read: its comments, and texts of two words or more. */
export function passagesOfTypeScript(source: string): Passage[] {
  return gather(source, TYPESCRIPT, (token) => {
    if (token.startsWith('/*')) return comment(token.slice(2, -2).replaceAll(/^\s*\* ?/gm, ''));
    if (token.startsWith('//')) return comment(token.replaceAll(/^\s*\/\/ ?/gm, ''));
    // A template over several lines is code of another language.
    if (token.startsWith('`') && token.includes('\n')) return null;
    if (token.startsWith('`'))
      return message(token.slice(1, -1).replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, CODE));
    return /^['"]/.test(token) ? message(token.slice(1, -1)) : null;
  });
}

/** The texts of a Python file that people read: its docstrings, comments, and texts of two words or more. */
export function passagesOfPython(source: string): Passage[] {
  return gather(source, PYTHON, (token) => {
    if (token.startsWith('#')) return comment(token.replaceAll(/^\s*# ?/gm, ''));
    if (/^("""|''')/.test(token)) return comment(token.slice(3, -3));
    return message(token.slice(1, -1));
  });
}

// A comment over several lines is one token. A regular expression is one where no value can end before it.
const TYPESCRIPT =
  /\/\*[\s\S]*?\*\/|(?<=^[^\S\n]*)\/\/[^\n]*(?:\n\s*\/\/[^\n]*)*|\/\/[^\n]*|(?<=[(,=:[!&|?{};\n]\s*|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{(?:[^{}]|\{[^{}]*\})*\}|[^`\\])*`/gm;
const PYTHON =
  /"""[\s\S]*?"""|'''[\s\S]*?'''|(?<=^[^\S\n]*)#[^\n]*(?:\n\s*#[^\n]*)*|#[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/gm;

type Text = Pick<Passage, 'text' | 'kind'>;

function comment(text: string): Text[] {
  // A tag, an item of a list, a row of a table and an empty line each begin a new passage.
  return text
    .split(/(?=\n\s*(?:@\w+|[-*] |\S[^\n]*\S {2,}\S))|(?=\n\s*\n)/)
    .map((part) => ({ text: part, kind: 'comment' }));
}

function message(text: string): Text[] {
  return /\p{L}{2,} \p{L}/u.test(text) ? [{ text, kind: 'message' }] : [];
}

function gather(source: string, tokens: RegExp, read: (token: string) => Text[] | null): Passage[] {
  const passages: Passage[] = [];
  for (const { 0: token, index } of source.matchAll(tokens)) {
    let line = source.slice(0, index).split('\n').length;
    for (const { text, kind } of read(token) ?? []) {
      const plain = text.replaceAll(/`[^`]*`/g, CODE).replaceAll(/\{@link ([^}]*)\}/g, CODE);
      const start = plain.replace(/^\s*/, '');
      const skipped = plain.length - start.length;
      passages.push({ text: start, line: line + plain.slice(0, skipped).split('\n').length - 1, kind });
      line += text.split('\n').length - 1;
    }
  }
  return passages;
}
