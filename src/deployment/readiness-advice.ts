/** The advice where the cause of an answer is known. Pure. */
import type { ReadinessSettings } from '../config/deploy-input';
import { type CauseName, judge } from './judge';

/** The words of the judge (`judge.ts`), as they stand in a sentence of a gate, a rehearsal or a look. */
const WORDS: [CauseName, RegExp][] = [
  ['host', /answered \d+: the app refuses the Host /],
  ['login', /answered \d+: the app wants a login/],
  ['route', /answered \d+: the app has no route /],
  ['tls', /answered \d+: the app wants another protocol|no answer: the address speaks TLS, not HTTP/],
  ['says-not-ready', /answered \d+, but its field \S+ says /],
  ['unexpected', /answered \d+, but its field \S+ (?:is missing|does not say )/],
];

/** Which cause a sentence names. An app can choose only among the causes, and write no advice of its own. */
export function causeIn(words: string, { path }: Pick<ReadinessSettings, 'path'>): CauseName | null {
  const found = WORDS.find(([, pattern]) => pattern.test(words));
  if (found !== undefined) return found[0];
  const [, status, location] = /answered (\d+) to ([^\s;]*?)[.;]?(?:\s|$)/.exec(words) ?? [];
  if (status === undefined) return null;
  const answer = { status: Number(status), headers: { location: location ?? '' }, body: '' };
  const judged = judge(answer, { path, host: '', secure: false, expect: false });
  return judged.good ? null : (judged.cause?.name ?? null);
}

/** The next step for a person; null: the words name no cause. */
export function adviceOn(words: string, readiness: ReadinessSettings): string | null {
  for (const [pattern, advice] of OTHER) if (pattern.test(words)) return advice;
  const cause = causeIn(words, readiness);
  return cause === null ? null : ADVICE[cause](readiness);
}

/** Words about faults that no judge of an answer sees. */
const OTHER: [RegExp, string][] = [
  [
    /\bflapping: /,
    'Let each worker give the same answer, time after time. The journal may tell why some answers are bad.',
  ],
  [/the address speaks no TLS/, 'Write readiness: { check: http }, or let the app speak TLS on its address.'],
  [
    /readiness\.check: the command /,
    'Repair what the command of readiness.check reports, or correct the command: it runs as the service in its release.',
  ],
];

const ADVICE: Record<CauseName, (readiness: ReadinessSettings) => string> = {
  'to-https': (readiness) =>
    has(readiness, 'X-Forwarded-Proto')
      ? 'The app does not trust X-Forwarded-Proto, which readiness.headers sends. Let the app trust it (Django: SECURE_PROXY_SSL_HEADER; Gunicorn, uvicorn: FORWARDED_ALLOW_IPS), or exclude readiness.path from the redirect.'
      : 'Send X-Forwarded-Proto with readiness.headers: readiness: { headers: { X-Forwarded-Proto: https } }.',
  slash: ({ path }) =>
    `Correct readiness.path: readiness: { path: ${path.endsWith('/') ? path.slice(0, -1) : `${path}/`} }.`,
  redirect: ({ path }) =>
    `Let the app answer ${path} without a redirect or a login, or write another route as readiness.path.`,
  host: (readiness) =>
    `Name a host that the app allows with readiness.headers: readiness: { headers: { Host: ${has(readiness, 'Host') ? 'another.example.com' : 'shop.example.com'} } }. If the app refuses the request for another reason, its journal says so.`,
  login: ({ path }) => `Exclude ${path} from the login, or write another route as readiness.path.`,
  route: ({ path }) =>
    `Add the route GET ${path} to the app, or write a route that it has as readiness.path, for example readiness: { path: / }.`,
  tls: () =>
    'Write readiness: { check: https }, or let the app speak HTTP on its address, with TLS in the proxy before it.',
  'says-not-ready': () =>
    'Repair what the field names. If the field does not mean the whole service, write readiness.expect: { field: NAME, is: [VALUE] }, or false to ignore the body.',
  unexpected: () => 'Repair what the field names, or correct readiness.expect.',
};

function has({ headers }: ReadinessSettings, name: string): boolean {
  return Object.keys(headers).some((each) => each.toLowerCase() === name.toLowerCase());
}
