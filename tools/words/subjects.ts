import { execFileSync } from 'node:child_process';

/** Longest subject that Git's own tools show whole. */
const LONGEST_SUBJECT = 72;

/** Older commits stay as they are. */
const NEWEST_COMMITS = 30;

export interface Commit {
  hash: string;
  subject: string;
}

/** The fault of a commit's subject; null: it is right. Subjects that Git or a forge writes are left alone. */
export function subjectFault(subject: string): string | null {
  if (/^(Merge|Revert) /.test(subject)) return null;
  if (subject.length > LONGEST_SUBJECT)
    return `${subject.length} characters: write at most ${LONGEST_SUBJECT}`;
  if (/^(fixup|squash|amend)! /.test(subject)) return 'squash this commit into the one that it corrects';
  if (/^\w+(\(.*\))?!?: /.test(subject)) return 'leave out the prefix';
  if (!/^[A-Z]/.test(subject)) return 'begin with a capital letter';
  if (subject.endsWith('.')) return 'leave out the full stop';
  return isImperative(subject) ? null : 'begin with an imperative: "Add", not "Added", "Adds" or "The"';
}

const NOT_VERBS =
  /^(A|An|The|This|These|It|There|Every|Each|All|Some|Many|More|New|Now|When|What|How|Why|If|For|In|On|With|Without)$/;
const LOOKS_INFLECTED = /(?:[^e]ed|[^r]ing|[^s]s)$/;
const IMPERATIVES = /^(Embed|Shed|Wed|Focus|Bias|Alias|Bus|Swing|Cling|Fling|Sing|Ping|Ring)$/;

function isImperative(subject: string): boolean {
  const first = subject.split(/[\s,:]/, 1)[0] ?? '';
  if (NOT_VERBS.test(first)) return false;
  return !LOOKS_INFLECTED.test(first) || IMPERATIVES.test(first);
}

/** The newest commits of the checkout; null where it is none of Git's. A shallow clone has HEAD alone. */
export function newestCommits(root: string): { commits: Commit[]; shallow: boolean } | null {
  try {
    const shallow = git(root, 'rev-parse', '--is-shallow-repository') === 'true';
    const count = shallow ? 1 : NEWEST_COMMITS;
    const log = git(root, 'log', '--no-merges', `--max-count=${count}`, '--format=%h %s');
    return { commits: log.split('\n').filter(Boolean).map(commitOf), shallow };
  } catch {
    return null;
  }
}

function commitOf(line: string): Commit {
  const [hash = '', ...subject] = line.split(' ');
  return { hash, subject: subject.join(' ') };
}

function git(root: string, ...words: string[]): string {
  return execFileSync('git', words, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
