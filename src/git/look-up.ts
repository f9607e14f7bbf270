/** Finds the commit that a ref means in a mirror. Only branches, tags and commits reachable from them count. */

import { parseRef, type Ref } from '../config/ref';
import { fail } from '../deployment/failures';
import { git, isNo, withoutCredentials } from './git';

/** A commit that the repository really has. */
export interface Commit {
  /** The full SHA. */
  sha: string;
  /** Its first line, for people. */
  subject: string;
}

/** Objects that begin alike; more are ambiguous anyway. */
const MOST_CANDIDATES = 20;

/**
 * The commit that a ref means: a full SHA, then a branch, then a tag, then the beginning of a SHA.
 * @param repository its name in messages
 * @returns null when the mirror has no such commit
 * @throws InvalidInput for an ambiguous name
 */
export async function lookUp(mirror: string, repository: string, ref: string): Promise<Commit | null> {
  const wanted = checkedRef(ref, repository);
  const sha = await shaOf(mirror, wanted, (because) => refusal(ref, repository, because));
  if (sha === null) return null;
  // Not `git log` of the name: that would also take a range, or an option.
  const format = ['--no-show-signature', '--format=%s', '--end-of-options', sha];
  const subject = await git(['log', '-1', ...format], { repository: mirror });
  return { sha, subject: subject.trim() };
}

/** The form that a ref has. @throws InvalidInput for one that could not be deployed from any repository */
export function checkedRef(ref: string, repository: string): Exclude<Ref, { kind: 'refused' }> {
  const wanted = parseRef(ref);
  if (wanted.kind === 'refused') throw refusal(ref, repository, wanted.because);
  return wanted;
}

async function shaOf(
  mirror: string,
  wanted: Exclude<Ref, { kind: 'refused' }>,
  refuse: (because: string) => Error,
): Promise<string | null> {
  if (wanted.kind === 'full') return commitOf(mirror, await objectOf(mirror, wanted.name));
  const name = wanted.kind === 'sha' ? wanted.sha : wanted.name;
  const branch = await objectOf(mirror, `refs/heads/${name}`);
  const tag = await objectOf(mirror, `refs/tags/${name}`);
  if (wanted.kind === 'sha') {
    if (branch !== null || tag !== null)
      throw refuse(`it is also the name of a ${branch === null ? 'tag' : 'branch'}; rename that one`);
    const sha = await commitOf(mirror, name);
    return sha !== null && (await isReachable(mirror, sha)) ? sha : null;
  }
  if (branch !== null && tag !== null)
    throw refuse(`it is a branch and a tag; write refs/heads/${name} or refs/tags/${name}`);
  const short = wanted.mayBeShort ? await commitsBeginningWith(mirror, name) : [];
  if (branch === null && tag === null) {
    if (short.length > 1) throw refuse(`${short.length} commits begin with these digits; write the full SHA`);
    return short[0] ?? null;
  }
  const place = branch === null ? `refs/tags/${name}` : `refs/heads/${name}`;
  if (short.length > 0)
    throw refuse(`it is ${place} and the beginning of commit ${short[0]}; write one of these`);
  return commitOf(mirror, branch ?? tag);
}

/** The object that a ref of exactly that name points to; null: there is no such ref. */
async function objectOf(mirror: string, name: string): Promise<string | null> {
  return orNull(git(['show-ref', '--verify', '--hash', '--', name], { repository: mirror }));
}

/** The commit that an object is, or that a tag object points to. */
async function commitOf(mirror: string, object: string | null): Promise<string | null> {
  if (object === null) return null;
  const verify = ['--verify', '--quiet', '--end-of-options', `${object}^{commit}`];
  return orNull(git(['rev-parse', ...verify], { repository: mirror }));
}

/** A loose commit of a pull request, a fork or an old push does not belong to the repository. */
async function isReachable(mirror: string, sha: string): Promise<boolean> {
  const containing = ['--count=1', `--contains=${sha}`, 'refs/heads', 'refs/tags'];
  return (await git(['for-each-ref', ...containing], { repository: mirror })) !== '';
}

/** @param digits hexadecimal, so that git cannot take them for a name */
async function commitsBeginningWith(mirror: string, digits: string): Promise<string[]> {
  const found = await git(['rev-parse', `--disambiguate=${digits}`], { repository: mirror });
  const commits: string[] = [];
  for (const object of found.split('\n').filter(Boolean).slice(0, MOST_CANDIDATES)) {
    const type = await git(['cat-file', '-t', object], { repository: mirror });
    if (type.trim() === 'commit' && (await isReachable(mirror, object))) commits.push(object);
  }
  return commits;
}

async function orNull(asked: Promise<string>): Promise<string | null> {
  try {
    return (await asked).trim();
  } catch (error) {
    if (isNo(error)) return null;
    throw error;
  }
}

function refusal(ref: string, repository: string, because: string): Error {
  const shown = JSON.stringify(ref.slice(0, 100));
  return fail(
    'InvalidInput',
    `${shown} names no commit of ${withoutCredentials(repository)} that can be deployed: ${because}.`,
    { host: null, advice: 'Correct --ref, and deploy again.' },
  );
}
