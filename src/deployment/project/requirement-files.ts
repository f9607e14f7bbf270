/** Requirement files, as far as the controller needs to know them before pip or uv reads them. Pure. */
import { parseRequirements } from '../dependencies';
import { insideRepository, joined, parentOf } from './commit-files';

export interface RequirementFiles {
  /** Named files, or files that these include, which the commit does not have. */
  missing: { file: string; from: string | null }[];
  encoding: 'utf-8' | 'other';
  /** Paths of code that a line installs, from the root of the repository; null: out of the repository. */
  local: { file: string; line: string; path: string | null }[];
  /** Files outside of the service's folder that an `-r` or `-c` names. */
  included: string[];
}

/** More than any project has. */
const MOST_FILES = 50;
/** Of a line that names a path. */
const MOST_CHARACTERS = 1_000;

/**
 * Follows `-r` and `-c`. A file that was not read counts as there and empty.
 * @param named from the root of the repository
 * @param folder where the installer runs: a local path is relative to it
 */
export function readRequirements(
  named: string[],
  folder: string,
  has: (path: string) => boolean,
  contents: Map<string, Uint8Array>,
): RequirementFiles {
  const found: RequirementFiles = { missing: [], encoding: 'utf-8', local: [], included: [] };
  const wanted: { file: string; from: string | null }[] = named.map((file) => ({ file, from: null }));
  const seen = new Set<string>();
  for (const { file, from } of wanted) {
    if (seen.has(file) || seen.size >= MOST_FILES) continue;
    seen.add(file);
    if (!has(file)) {
      found.missing.push({ file, from });
      continue;
    }
    if (from !== null) found.included.push(file);
    const content = contents.get(file);
    if (content === undefined) continue;
    const { text, encoding } = decoded(content);
    if (encoding === 'other') found.encoding = 'other';
    const { includes, loose } = parseRequirements(text);
    for (const include of includes) {
      // A URL is for the installer.
      if (include.includes('://')) continue;
      const path = insideRepository(parentOf(file), include);
      if (path === null) found.missing.push({ file: include, from: file });
      else wanted.push({ file: path, from: file });
    }
    for (const line of loose) {
      const target = localTarget(line);
      if (target !== null) found.local.push({ file, line, path: insideRepository(folder, target) });
    }
  }
  return found;
}

/** The names that a file includes, from the root of the repository: they have to be read too. */
export function includesOf(file: string, content: Uint8Array): string[] {
  const { includes } = parseRequirements(decoded(content).text);
  return includes
    .map((name) => insideRepository(parentOf(file), name))
    .filter((path): path is string => path !== null);
}

/** The folder or file that a line installs from the repository; null for a package of an index or a URL. */
export function localTarget(whole: string): string | null {
  const line = whole.slice(0, MOST_CHARACTERS);
  const editable = /^(?:-e|--editable)[ =]*(\S.*)$/.exec(line)?.[1];
  const named = /^[\w.,[\] -]+?@\s*(\S.*)$/.exec(line)?.[1];
  const target = (editable ?? named ?? line).replace(/\s*(?:;|\s--).*$/, '').replace(/^file:(?:\/\/)?/, '');
  if (target.includes('://') || target.startsWith('-')) return null;
  const path = target.replace(/\[[^\]]*\]$/, '').replace(/#.*$/, '');
  const isPath = editable !== undefined || /^[./~]/.test(path) || /^[^\s<>=!~;]+\/[^\s]*$/.test(path);
  return isPath || /\.(?:whl|tar\.gz|zip)$/.test(path) ? path : null;
}

const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;

/** As pip reads it: by its byte order mark, else by a coding line, else as UTF-8. */
export function decoded(content: Uint8Array): { text: string; encoding: 'utf-8' | 'other' } {
  const marked = byteOrderMark(content);
  if (marked !== null) return { text: textOf(content, marked), encoding: 'other' };
  const text = textOf(content, 'utf-8');
  const coding = text
    .split('\n', 2)
    .map((line) => CODING.exec(line)?.[1]?.toLowerCase())
    .find((name) => name !== undefined);
  const isUtf8 = (coding === undefined || /^utf-?8$/.test(coding)) && !text.includes('\ufffd');
  return isUtf8 ? { text, encoding: 'utf-8' } : { text: textOf(content, 'latin1'), encoding: 'other' };
}

function byteOrderMark([first, second, third]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

function textOf(content: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(content);
}

/** The usual names, the likeliest first. Of one group only one file may be there. */
export const USUAL_FILES = [
  ['requirements.txt'],
  [
    'requirements/production.txt',
    'requirements/prod.txt',
    'requirements-prod.txt',
    'requirements-production.txt',
    'requirements_prod.txt',
  ],
  [
    'requirements/base.txt',
    'requirements/main.txt',
    'requirements/requirements.txt',
    'requirements-base.txt',
  ],
];

/** Which files of a folder are read: those whose name says that they may be requirement files. */
export function mayBeRequirements(path: string): boolean {
  return /(?:^|\/)(?:[^/]*(?:require|constraint)[^/]*|requirements\/[^/]+)\.(?:txt|in|pip)$/i.test(path);
}

export function inFolder(folder: string, names: string[]): string[] {
  return names.map((name) => joined(folder, name));
}
