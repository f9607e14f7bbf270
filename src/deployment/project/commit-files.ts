/** The files of a commit, as the facts are read from them. Pure. */
import { oneLine, shortened } from '../../text/safe-text';

export interface FileEntry {
  /** From the root of the repository. */
  path: string;
  kind: 'file' | 'link' | 'submodule';
  bytes: number;
}

export interface CommitFiles {
  /** The service's folder, such as `services/shop`; empty for the root of the repository. */
  folder: string;
  entries: FileEntry[];
  /** Contents of the files that were read; of a link its target. */
  contents: Map<string, Uint8Array>;
  /** By the tags of the repository; absent: it has none that names a version. */
  version?: string;
}

/** The path of a file as seen from the service's folder, such as `../uv.lock`. */
export function fromFolder(folder: string, path: string): string {
  const [here, there] = [partsOf(folder), partsOf(path)];
  let common = 0;
  while (common < here.length && here[common] === there[common]) common += 1;
  return [...here.slice(common).map(() => '..'), ...there.slice(common)].join('/') || '.';
}

/** A path of the repository without `.` and `..`; null when it leads out of the repository. */
export function insideRepository(folder: string, path: string): string | null {
  if (path.startsWith('/')) return null;
  const parts: string[] = [];
  for (const part of [...partsOf(folder), ...path.split('/')]) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** The folder, and each one above it. */
export function upwards(folder: string): string[] {
  return folder === '' ? [''] : [folder, ...upwards(parentOf(folder))];
}

export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** A path of a repository, for a sentence. */
export function shownPath(path: string): string {
  return shortened(oneLine(path), 120);
}

/** `a, b and 3 more`. */
export function someOf(paths: string[], most = 3): string {
  const more = paths.length - most;
  const shown = paths.slice(0, most).map(shownPath);
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
