import type { z } from 'zod';
import type { Finding, Path } from './config-error';
import { knownKeys } from './json-schema';
import { isSecretName, isSecretValue } from './secrets';
import { nearest } from './suggest';

type Issue = z.core.$ZodIssue;

/** The problems that zod found in the file's shape, in words; `value` is the whole file. */
export function shapeFindings(issues: Issue[], value: unknown): Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, [], value));
}

function findingsOf(issue: Issue, above: Path, value: unknown): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? '' : step))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key), atKey: true }));
  }
  if (issue.code === 'invalid_key') {
    const allowed = issue.issues[0]?.message ?? issue.message;
    return [{ path, message: `this name cannot be used; allowed: ${allowed}`, atKey: true }];
  }
  if (issue.code === 'invalid_union') {
    // Where a person wrote a map, the problems of the map form help; of a text, those of the text form.
    const meant = issue.errors.filter((form) =>
      form.every((one) => one.path.length > 0 || !isWrongKind(one)),
    );
    const [only] = meant;
    if (only !== undefined && meant.length === 1) return only.flatMap((one) => findingsOf(one, path, value));
  }
  const found = at(value, path);
  if (found === undefined) return [{ path, message: `is missing; write ${issue.message}` }];
  return [{ path, message: `found ${shown(path, found)}; allowed: ${issue.message}` }];
}

function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function unknownKey(path: Path, key: string): string {
  const pattern = path.map((step) => (typeof step === 'number' ? '[]' : step));
  const known = knownKeys().map(({ path }) => path);
  const here = known.filter((keys) => keys.length === path.length + 1 && isWithin(keys, pattern));
  const siblings = here.flatMap((keys) => keys.at(-1) ?? []);
  const meant = nearest(key, siblings);
  if (meant !== null) return `unknown key; did you mean ${meant}?`;
  const elsewhere = known.find((keys) => keys.at(-1) === key && keys[0] !== 'environments');
  if (elsewhere !== undefined) return `unknown key here; did you mean ${elsewhere.join('.')}?`;
  const inEnvironment = known.find((keys) => keys.at(-1) === key);
  if (inEnvironment !== undefined) return `unknown key here; it belongs in ${parentOf(inEnvironment)}`;
  return `unknown key; allowed: ${siblings.join(', ')}`;
}

function isWithin(keys: string[], path: string[]): boolean {
  return path.every((step, index) => keys[index] === step || keys[index] === '*');
}

function parentOf(keys: string[]): string {
  return keys.slice(0, -1).join('.').replace('.[]', '[]').replace('*', '<name>');
}

/** The value at a path; undefined without one. */
export function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** A found value for a message. Values of `env` and `headers`, and values that look like secrets, are hidden. */
function shown(path: Path, value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  const kind =
    typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : 'true or false';
  const hidden = path.some(
    (step) => step === 'env' || step === 'headers' || (typeof step === 'string' && isSecretName(step)),
  );
  const text = String(value);
  if (hidden || isSecretValue(text)) return `${kind} (not shown)`;
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return typeof value === 'string' ? JSON.stringify(start) : start;
}
