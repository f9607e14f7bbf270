/** Commits and files between two commits of a mirror. Both are full SHAs that the mirror has. */

import { isFullSha } from '../config/ref';
import { git, isNo } from './git';

export interface Between {
  /** How many there are. */
  count: number;
  /** The newest of them first, at most as many as asked for. */
  newest: { commit: string; subject: string }[];
}

/** Characters of a subject. */
const MOST_SUBJECT = 120;

/** The commits that `to` has and `from` does not have. */
export async function commitsBetween(
  mirror: string,
  from: string,
  to: string,
  most: number,
): Promise<Between> {
  const range = `${checked(from)}..${checked(to)}`;
  const repository = mirror;
  const format = ['--no-show-signature', '--format=%H %s', `--max-count=${most}`, '--end-of-options', range];
  const [count, log] = await Promise.all([
    git(['rev-list', '--count', '--end-of-options', range], { repository }),
    git(['log', ...format], { repository }),
  ]);
  const lines = log.split('\n').filter((line) => /^[0-9a-f]{40} /.test(line));
  const newest = lines.map((line) => ({
    commit: line.slice(0, 40),
    subject: line.slice(41, 41 + MOST_SUBJECT),
  }));
  return { count: Number(count), newest };
}

/** @returns null when the commit has no such file, or only a larger one */
export async function fileOf(
  mirror: string,
  commit: string,
  path: string,
  mostBytes: number,
): Promise<string | null> {
  const object = `${checked(commit)}:${path}`;
  try {
    const size = await git(['cat-file', '-s', object], { repository: mirror });
    if (Number(size) > mostBytes) return null;
    return await git(['cat-file', 'blob', object], { repository: mirror });
  } catch (error) {
    if (isNo(error)) return null;
    throw error;
  }
}

/** Git takes nothing else for a whole SHA: neither an option nor an expression. */
function checked(commit: string): string {
  if (isFullSha(commit)) return commit;
  throw new Error('a comparison needs full commits');
}
