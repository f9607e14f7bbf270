/** The names that a person may write for a commit, and the one meaning of each. Pure. */

export type Ref =
  /** A full SHA, which is a commit and nothing else. */
  | { kind: 'sha'; sha: string }
  /** A branch or a tag by its whole name, `refs/heads/…` or `refs/tags/…`. */
  | { kind: 'full'; name: string }
  /** A branch, a tag, or the beginning of a SHA. */
  | { kind: 'name'; name: string; mayBeShort: boolean }
  /** `because` completes "… is not a branch, tag or commit: ". */
  | { kind: 'refused'; because: string };

const WRITE = 'write a branch, a tag or the full SHA';

/** The characters that git check-ref-format forbids, which excludes every revision expression too. */
const NOT_IN_A_NAME = /[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\.lock(\/|$)|\/\./u;

/** Names that hosting services give to proposals: everybody who may propose a change decides what they mean. */
const OF_A_PROPOSAL = /^(refs\/)?(pull|pull-requests|merge-requests|changes)\//;

/** Whether this is a whole SHA: git takes it for nothing else. */
export function isFullSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

/** Looks at the form alone; whether the repository has it is asked later. */
export function parseRef(ref: string): Ref {
  if (isFullSha(ref)) return { kind: 'sha', sha: ref };
  if (/@\{/.test(ref)) return refused(`it asks a reflog, which the controller does not have; ${WRITE}`);
  if (ref === '' || ref.length > 255 || NOT_IN_A_NAME.test(ref))
    return refused(`it is an expression or no name at all; ${WRITE} (git rev-parse tells it)`);
  if (/^([A-Z]+_)*HEAD$/.test(ref) || ref === '@')
    return refused(`it means something else in every copy of the repository; ${WRITE}`);
  if (OF_A_PROPOSAL.test(ref))
    return refused('it is a proposed change; merge it, or push it as a branch, and deploy that');
  if (/^refs\/(heads|tags)\/./.test(ref)) return { kind: 'full', name: ref };
  if (/^refs(\/|$)/.test(ref)) return refused('only refs/heads/… and refs/tags/… can be deployed');
  return { kind: 'name', name: ref, mayBeShort: /^[0-9a-f]{7,39}$/.test(ref) };
}

function refused(because: string): Ref {
  return { kind: 'refused', because };
}

/** Whether a branch or a tag (`refs/heads/main`) is one of the patterns. `*` is anything up to a slash. */
export function matchesRef(patterns: string[], ref: string): boolean {
  return patterns.some((pattern) => {
    const words = pattern.split('*').map((part) => part.replace(/[.+]/g, '\\$&'));
    const form = words.join('[^/]*');
    const prefix = pattern.startsWith('refs/') ? '' : 'refs/(?:heads|tags)/';
    return new RegExp(`^${prefix}${form}$`).test(ref);
  });
}
