import { z } from 'zod';
import { parseBind } from './address';
import { DURATION_PATTERN, millisecondsOf } from './duration';
import { bytesOf, SIZE_PATTERN } from './size';

/** A text of one form; `allowed` completes "found …; allowed: …". */
export function text(allowed: string, pattern: RegExp, more: (value: string) => boolean = () => true) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed }).refine(more, { error: allowed });
}

/** Both limits included. */
export function wholeNumber(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** `allowed` names what the list holds, and how many; its items say for themselves what they may be. */
export function listOf<Item extends z.ZodType>(item: Item, allowed: string, least = 0, most = 1000) {
  return z.array(item, { error: allowed }).min(least, { error: allowed }).max(most, { error: allowed });
}

/** A map with texts of one's own choice as names. */
function mapOf(name: z.ZodType<string, string>, value: z.ZodType<string>, most: number) {
  const error = `a map of at most ${most} names and texts`;
  return z.record(name, value, { error }).refine((map) => Object.keys(map).length <= most, { error });
}

/** A map with these keys and no others: a mistyped key must not pass as one that is not set. */
export function map<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? `a map with ${Object.keys(shape).join(', ')}` : undefined,
  });
}

/** An optional key with what editors and `docs/configuration.md` say about it. */
export function key<Value extends z.ZodType>(value: Value, description: string, otherwise?: unknown) {
  return value.optional().meta({ description, ...(otherwise === undefined ? {} : { default: otherwise }) });
}

export const flag = z.boolean({ error: 'true or false' });

export const duration = text(
  'a duration such as 500ms, 30s, 5m or 2h, above zero and at most 24h',
  DURATION_PATTERN,
  (value) => millisecondsOf(value) !== null,
);

/** One request to a service that serves. */
export const upToAMinute = text(
  'a duration such as 500ms or 2s, above zero and at most 60s',
  DURATION_PATTERN,
  (value) => (millisecondsOf(value) ?? 60_001) <= 60_000,
);

/** Gunicorn counts in whole seconds. */
export const wholeSeconds = text(
  'a duration in whole seconds, as Gunicorn counts, such as 30s, 5m or 2h, above zero and at most 24h',
  DURATION_PATTERN,
  (value) => (millisecondsOf(value) ?? 1) % 1_000 === 0,
);

/** What a process may take to stop, which systemd and a shutdown of the host wait for. */
export const LONGEST_STOP_MS = 3_600_000;
export const upToAnHour = text(
  'a duration in whole seconds, as Gunicorn counts, such as 30s or 5m, above zero and at most 1h',
  DURATION_PATTERN,
  (value) => {
    const milliseconds = millisecondsOf(value) ?? 1;
    return milliseconds % 1_000 === 0 && milliseconds <= LONGEST_STOP_MS;
  },
);

export const size = text(
  'a size such as 512M or 2G, at least 64M and at most 4096G',
  SIZE_PATTERN,
  (value) => bytesOf(value) !== null,
);

/** Folders and files of the release: never absolute, never out of it. */
export const insideRelease = text(
  'a path inside the repository such as data/uploads, without a leading or closing slash and without . or .., at most 300 characters',
  /^[A-Za-z0-9._@+-]+(\/[A-Za-z0-9._@+-]+)*$/,
  (value) => value.length <= 300 && !value.startsWith('-') && isPlain(value),
);

/** Without quotes, spaces or `%`, which a unit file would read in its own way. */
export const ABSOLUTE = /^(\/[A-Za-z0-9._@+-]+)+$/;
export const isPlain = (path: string): boolean =>
  !path.split('/').some((part) => part === '.' || part === '..');

export const bind = text(
  'an address such as 127.0.0.1:8000, [::1]:8000 or unix:/run/shop.sock (not below /tmp)',
  /^(unix:\/.+|.+:\d+)$/,
  (value) => parseBind(value) !== null,
).meta({ id: 'bind' });

/** Names that systemd or Landfall give the service; `PATH` leads to the release's own packages. */
const RESERVED_ENV =
  /^(PATH|LANDFALL_.*|GUNICORN_CMD_ARGS|LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES|NOTIFY_SOCKET|INVOCATION_ID|MAINPID)$/;

export const env = mapOf(
  text(
    'names made of letters, digits and _, at most 100, but not PATH, LANDFALL_*, LISTEN_*, NOTIFY_SOCKET or GUNICORN_CMD_ARGS (use gunicorn:)',
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    (name) => !RESERVED_ENV.test(name),
  ),
  text(
    'text in one line of at most 30000 characters; put numbers and true or false in quotes',
    /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]{0,30000}$/u,
  ),
  500,
);

export const headers = mapOf(
  text('names of header fields of letters, digits and -, at most 100', /^[A-Za-z0-9-]{1,100}$/),
  text('text in one line, ASCII, at most 4000 characters; put numbers in quotes', /^[\x20-\x7e]{0,4000}$/),
  50,
);
