/**
 * Judges the answer to a readiness question, so that a person learns its cause. Pure. The gate judges alike, in
 * `host/landfall_gate/judge.py`; `host/tests/judge_examples.json` tests both.
 */

/** The JSON field of an answer that must say ready; null: a field that says otherwise counts; false: none counts. */
export type Expect = { field: string; is: string[] } | false | null;

export interface Question {
  path: string;
  /** The Host header of the request. */
  host: string;
  /** Whether it was asked by TLS. */
  secure: boolean;
  expect: Expect;
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** Why an answer is not ready, as far as the answer shows it. */
export const CAUSES = [
  'to-https',
  'slash',
  'redirect',
  'host',
  'login',
  'route',
  'tls',
  'says-not-ready',
  'unexpected',
] as const;
export type CauseName = (typeof CAUSES)[number];

export interface Cause {
  name: CauseName;
  /** Nothing of the body, which may hold a secret. */
  words: string;
}

/** `cause` null: the status alone says it. */
export type Judged = { good: true } | { good: false; cause: Cause | null };

/** Whether waiting repairs nothing: only the release or landfall.yaml does. */
export function isFinal(cause: CauseName): boolean {
  return cause !== 'says-not-ready' && cause !== 'unexpected';
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const SPEAKS_TLS = /http request (was sent )?to (an )?https (port|server)/i;
/** Fields, and their values, by which an app says that it is not ready. */
const FIELDS = ['status', 'state', 'health', 'healthy', 'ready', 'ok'];
const NOT_READY = new Set(
  'false fail failed failing failure error down degraded unhealthy unavailable not_ready starting initializing critical'.split(
    ' ',
  ),
);

export function judge({ status, headers, body }: Answer, question: Question): Judged {
  if (status >= 200 && status < 300) return judgeBody(status, body, question.expect);
  const bad = (name: CauseName, rest: string): Judged => ({
    good: false,
    cause: { name, words: `answered ${status}${rest}` },
  });
  const { location } = headers;
  if (REDIRECTS.has(status) && location !== undefined) return bad(...redirected(location, question));
  if (status === 426 || status === 505 || (status === 400 && SPEAKS_TLS.test(body)))
    return bad('tls', ': the app wants another protocol');
  if (status === 400 || status === 421) return bad('host', `: the app refuses the Host ${question.host}`);
  if (status === 401 || status === 403) return bad('login', ': the app wants a login');
  if (status === 404 || status === 405 || status === 410)
    return bad('route', `: the app has no route GET ${pathOf(question.path)}`);
  return { good: false, cause: null };
}

function redirected(location: string, question: Question): [CauseName, string] {
  const { scheme, host, path } = readLocation(location);
  const to = ` to ${scheme !== '' && host !== '' ? `${scheme}://` : ''}${host}${path}`;
  if (scheme === 'https' && !question.secure) return ['to-https', to];
  const asked = pathOf(question.path);
  if (path === `${asked}/` || `${path}/` === asked) return ['slash', to];
  return ['redirect', to];
}

/** Without login, query and fragment, which may hold secrets, and short. */
function readLocation(location: string): { scheme: string; host: string; path: string } {
  const plain = location.replace(/[^\x21-\x7e]/g, '_');
  const [, scheme = '', authority = '', path = ''] =
    /^(?:(?:([a-z]+):)?\/\/([^/?#]*))?([^?#]*)/i.exec(plain) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return { scheme: scheme.toLowerCase(), host: host.slice(0, 100), path: path.slice(0, 200) };
}

function pathOf(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

function judgeBody(status: number, body: string, expect: Expect): Judged {
  if (expect === false) return { good: true };
  const bad = (name: CauseName, rest: string): Judged => ({
    good: false,
    cause: { name, words: `answered ${status}, but its field ${rest}` },
  });
  if (expect !== null) {
    const { field, is } = expect;
    const found = wordOf(fieldOf(body, field));
    if (found === null) return bad('unexpected', `${field} is missing`);
    return is.includes(found)
      ? { good: true }
      : bad('unexpected', `${field} does not say ${is.join(' or ')}`);
  }
  for (const field of FIELDS) {
    const word = wordOf(fieldOf(body, field))?.toLowerCase().replace(/[ -]/g, '_');
    if (word !== undefined && NOT_READY.has(word)) return bad('says-not-ready', `${field} says ${word}`);
  }
  return { good: true };
}

/** A value of a JSON body by its path, `build.commit`; undefined: the body has none there. */
export function fieldOf(body: string, field: string): unknown {
  try {
    let value: unknown = JSON.parse(body);
    for (const name of field.split('.')) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      value = Object.entries(value).find(([key]) => key === name)?.[1];
    }
    return value;
  } catch {
    return undefined;
  }
}

function wordOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isInteger(value) ? String(value) : null;
}

/** At least so often and so long: an app may add its routes while it starts. */
const FINAL_ANSWERS = 5;
const FINAL_MS = 3_000;

/** Ends a wait that repairs nothing: every answer has had a final cause, 5 times and for 3 s. */
export class FinalCauses {
  private answers = 0;
  private since = 0;

  /** @param now milliseconds of a monotonic clock */
  see(cause: CauseName | null, now: number): void {
    if (cause === null || !isFinal(cause)) this.answers = 0;
    else if (this.answers++ === 0) this.since = now;
  }

  isOver(now: number): boolean {
    return this.answers >= FINAL_ANSWERS && now - this.since >= FINAL_MS;
  }
}
