/** Writes the files of `landfall init`: each is shown first where it would replace another. */
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unifiedDiff } from '../../init/write/diff';
import { output } from '../../output/output';
import { CommandError } from '../exit-codes';

export interface NewFile {
  /** From the root of the repository. */
  path: string;
  text: string;
}

/** The state of the file before it is written. */
export type Before = 'nothing' | 'the same' | 'another';

export function beforeOf(root: string, { path, text }: NewFile): Before {
  const file = join(root, path);
  if (!existsSync(file)) return 'nothing';
  return readFileSync(file, 'utf8') === text ? 'the same' : 'another';
}

/** The lines of the difference; empty where nothing would change. */
export function differenceOf(root: string, { path, text }: NewFile): string[] {
  const file = join(root, path);
  return unifiedDiff(path, existsSync(file) ? readFileSync(file, 'utf8') : '', text);
}

/** @throws CommandError for a link: the file behind it is not of this repository, or belongs to another path */
export function writeFile(root: string, { path, text }: NewFile): void {
  const file = join(root, path);
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new CommandError(
      `${path} is a link, which landfall init does not follow. Replace the link by a file.`,
    );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  output.say(`Wrote ${path}`);
}
