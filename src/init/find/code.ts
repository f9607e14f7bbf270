/**
 * The Python files of a service, without comments and long strings. Pure. Python's `ast` does not read them, because
 * init also works where no Python is. A deploy reads the code in the same way, so both find the same.
 */
import { fromFolder, isWithin } from '../../deployment/project/commit-files';
import type { Project } from '../../deployment/project/project';

export interface Module {
  /** From the service's folder. */
  file: string;
  /** `shop.health`; null: the file's path is not a module. */
  name: string | null;
  /** Each line without comments and docstrings; the numbers are those of the file. */
  lines: string[];
}

/** Folders and files whose code serves no request. */
const OTHER =
  /(?:^|\/)(?:tests?|examples?|docs?|migrations|versions|bench\w*|node_modules|\.venv|venv|site-packages)\/|(?:^|\/)(?:test_[^/]*|conftest)\.py$/;
const MOST_CHARACTERS = 300;

/** @param sourceRoot folder in which modules begin, such as `src`; empty: the service's folder */
export function modulesOf(project: Project, sourceRoot: string): Module[] {
  return project.entries.flatMap(({ path }) => {
    const file = fromFolder(project.folder, path);
    if (!path.endsWith('.py') || !isWithin(path, project.folder) || OTHER.test(file)) return [];
    const text = project.text(path);
    if (text === null) return [];
    const lines = withoutComments(text)
      .split('\n')
      .map((line) => line.slice(0, MOST_CHARACTERS));
    return [{ file, name: moduleName(file, sourceRoot), lines }];
  });
}

export function moduleName(file: string, sourceRoot: string): string | null {
  const inside = sourceRoot !== '' && isWithin(file, sourceRoot) ? file.slice(sourceRoot.length + 1) : file;
  const path = inside.replace(/\.py$/, '').replace(/(?:^|\/)__init__$/, '');
  return /^[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*$/.test(path) ? path.replaceAll('/', '.') : null;
}

/** Comments and the text of triple-quoted strings become blanks; line ends stay. Linear in the text. */
export function withoutComments(text: string): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? '';
    if (character === '#') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (character === '"' || character === "'") {
      const long = text.startsWith(character.repeat(3), at);
      const end = long ? endOfLong(text, at, character) : endOfShort(text, at, character);
      result += long
        ? `${text.slice(at, end).replace(/[^\n]/g, '')}${character.repeat(2)}`
        : text.slice(at, end);
      at = end;
    } else {
      result += character;
      at += 1;
    }
  }
  return result;
}

function endOfLong(text: string, at: number, quote: string): number {
  for (let end = at + 3; end < text.length; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (text.startsWith(quote.repeat(3), end)) return end + 3;
  }
  return text.length;
}

function endOfShort(text: string, at: number, quote: string): number {
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === quote) return end + 1;
    else if (text[end] === '\n') return end;
  }
  return text.length;
}

/** The lines of the block that begins below this line: all that are indented deeper. */
export function blockBelow(lines: string[], at: number): string[] {
  const depth = indentOf(lines[at] ?? '');
  const block: string[] = [];
  for (const line of lines.slice(at + 1)) {
    if (line.trim() !== '' && indentOf(line) <= depth && !/^\s*\)/.test(line)) break;
    block.push(line);
  }
  return block;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
