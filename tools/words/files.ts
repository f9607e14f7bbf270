import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { passagesOfMarkdown } from './markdown';
import type { Passage } from './passage';
import { passagesOfPython, passagesOfTypeScript } from './source';

const READERS: Record<string, (content: string) => Passage[]> = {
  md: passagesOfMarkdown,
  ts: passagesOfTypeScript,
  py: passagesOfPython,
};

/** The files below a path, or the file itself, that can be read for words; relative to the root. */
export function readableFiles(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return readerOf(path) === undefined ? [] : [path];
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      return entry.name === 'node_modules' ? [] : readableFiles(root, join(path, entry.name));
    });
}

export function passagesOfFile(root: string, file: string): Passage[] {
  return readerOf(file)?.(readFileSync(join(root, file), 'utf8')) ?? [];
}

function readerOf(file: string): ((content: string) => Passage[]) | undefined {
  return READERS[file.split('.').at(-1) ?? ''];
}
