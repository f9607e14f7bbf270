import { posix } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Packaging } from '../../config/resolved';
import {
  dependencyChanges,
  parseRequirements,
  type Requirements,
  together,
} from '../../deployment/dependencies';
import type { Comparison, DependencyComparison } from '../../deployment/plan-report';
import { parseLock } from '../../deployment/project/lock-pins';
import type { Mirrors } from '../../git/mirrors';
import { shortened } from '../../text/safe-text';
import type { Dependencies } from '../dependencies';
import { heartbeating, type Noted } from '../step';

export interface CompareCommitsInput {
  repository: string;
  /** Folder of the service inside the repository; null: its root. */
  path: string | null;
  from: CommitFiles;
  to: CommitFiles;
}

interface CommitFiles {
  /** A full SHA. */
  commit: string;
  packaging: Packaging;
}

const MOST_SUBJECTS = 20;
/** Of the report, which has to fit into one message with those of many hosts. */
const MOST_CHANGES = 100;
const MOST_LOOSE = 10;
const MOST_WORDS = 100;
/** Files that name each other, and bytes of each: more than any project has. */
const MOST_FILES = 30;
const MOST_BYTES = 4 << 20;

/**
 * Compares the commit that is live with the wanted one, in the controller's mirror. Read-only; safe to run twice.
 * @throws InvalidInput when the repository does not have one of the commits; CommandFailed when the repository
 *   cannot be reached
 */
export function compareCommits({ mirrors }: Dependencies) {
  return (input: CompareCommitsInput): Promise<Comparison & Noted> =>
    heartbeating(async () => {
      const comparing = compare(mirrors, input);
      const compared = await Promise.race([comparing, Context.current().cancelled]);
      return { ...compared, note: `${compared.added.count} commits, ${wordsOf(compared.dependencies)}` };
    });
}

async function compare(
  mirrors: Mirrors,
  { repository, path, from, to }: CompareCommitsInput,
): Promise<Comparison> {
  // A full SHA that the mirror has needs no connection.
  for (const { commit } of [from, to]) await mirrors.resolve(repository, commit);
  const added = await mirrors.between(repository, from.commit, to.commit, MOST_SUBJECTS);
  const removed = await mirrors.between(repository, to.commit, from.commit, MOST_SUBJECTS);
  const before = await requirementsOf(mirrors, repository, path, from);
  const after = await requirementsOf(mirrors, repository, path, to);
  const dependencies = compareDependencies(before, after);
  return { from: from.commit, added, removed, dependencies, problem: null };
}

interface FoundFiles {
  content: Map<string, string>;
  requirements: Requirements;
  missing: string[];
}

/** A lock file names every version itself; of requirement files `-r` and `-c` are followed, as the installer does. */
async function requirementsOf(
  mirrors: Mirrors,
  repository: string,
  path: string | null,
  { commit, packaging }: CommitFiles,
): Promise<FoundFiles> {
  const files = packaging.tool === 'requirements' ? packaging.files : lockOf(packaging);
  const content = new Map<string, string>();
  const missing: string[] = [];
  const parsed: Requirements[] = [];
  const wanted = files.map((file) => posix.join(path ?? '.', file));
  for (const file of wanted) {
    if (content.has(file) || missing.includes(file)) continue;
    const isInside = !posix.isAbsolute(file) && !file.startsWith('../');
    const text =
      isInside && content.size < MOST_FILES ? await mirrors.file(repository, commit, file, MOST_BYTES) : null;
    if (text === null) {
      if (missing.length < MOST_LOOSE) missing.push(file);
      continue;
    }
    content.set(file, text);
    const found = packaging.tool === 'requirements' ? parseRequirements(text) : parseLock(text);
    parsed.push(found);
    // The loop comes to them too.
    wanted.push(...found.includes.slice(0, MOST_FILES).map((name) => besides(file, name)));
  }
  return { content, requirements: together(parsed), missing };
}

/** A bare pyproject.toml pins nothing that could be compared. */
function lockOf(packaging: Exclude<Packaging, { tool: 'requirements' }>): string[] {
  return packaging.tool === 'unlocked' ? [] : [packaging.lock];
}

/** A file that another one names. */
function besides(file: string, name: string): string {
  return posix.isAbsolute(name) ? name : posix.join(posix.dirname(file), name);
}

function compareDependencies(before: FoundFiles, after: FoundFiles): DependencyComparison {
  const isSame = JSON.stringify([...before.content]) === JSON.stringify([...after.content]);
  const unread = [...new Set([...before.missing, ...after.missing])].map(
    (file) => `${file} could not be read`,
  );
  if (isSame) return { changes: [], more: 0, notCompared: cut(unread) };
  const { changes, loose } = dependencyChanges(before.requirements, after.requirements);
  const shown = changes.slice(0, MOST_CHANGES).map(({ name, from, to }) => ({
    name: shortened(name, MOST_WORDS),
    from: from && shortened(from, MOST_WORDS),
    to: to && shortened(to, MOST_WORDS),
  }));
  return { changes: shown, more: changes.length - shown.length, notCompared: cut([...unread, ...loose]) };
}

function cut(lines: string[]): string[] {
  const more = lines.length - MOST_LOOSE;
  const shown = lines.slice(0, MOST_LOOSE).map((line) => shortened(line, MOST_WORDS));
  return more > 0 ? [...shown, `${more} more lines`] : shown;
}

function wordsOf({ changes, more }: DependencyComparison): string {
  return `${changes.length + more} dependencies change`;
}
