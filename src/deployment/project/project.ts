/** A commit's files as a project: which are there, and what its `pyproject.toml` files say. Pure. */

import { type CommitFiles, type FileEntry, joined, parentOf } from './commit-files';
import type { Refusal } from './facts';
import { type Pyproject, readPyproject } from './pyproject';

export class Project {
  readonly folder: string;
  readonly entries: FileEntry[];
  readonly contents: Map<string, Uint8Array>;
  private readonly byPath: Map<string, FileEntry>;
  private readonly folders = new Set<string>(['']);
  private readonly read = new Map<string, Pyproject | null>();

  constructor({ folder, entries, contents }: CommitFiles) {
    this.folder = folder;
    this.entries = entries;
    this.contents = contents;
    this.byPath = new Map(entries.map((entry) => [entry.path, entry]));
    for (const { path } of entries)
      for (let at = parentOf(path); !this.folders.has(at); at = parentOf(at)) this.folders.add(at);
  }

  has(path: string): boolean {
    return this.byPath.has(path);
  }

  /** Whether the commit has a file or a folder of this path. */
  hasAny(path: string): boolean {
    return this.has(path) || this.folders.has(path);
  }

  text(path: string): string | null {
    const content = this.contents.get(path);
    return content === undefined ? null : new TextDecoder().decode(content);
  }

  /** null: the folder has no `pyproject.toml`, or it was too large to be read. */
  pyproject(folder: string): Pyproject | null {
    const known = this.read.get(folder);
    if (known !== undefined) return known;
    const text = this.text(joined(folder, 'pyproject.toml'));
    const found = text === null ? null : readPyproject(text);
    this.read.set(folder, found);
    return found;
  }

  /** Whether a folder has files that say how it is installed. */
  isProject(folder: string): boolean {
    return ['pyproject.toml', 'setup.py', 'setup.cfg'].some((name) => this.has(joined(folder, name)));
  }
}

/** A part of the facts: what it found, and what people have to know or to do. */
export interface Findings {
  refusals: Refusal[];
  notices: string[];
  /** Places of the repository outside of the service's folder that the release needs. */
  outside: { path: string; why: string }[];
}

export function nothingFound(): Findings {
  return { refusals: [], notices: [], outside: [] };
}
