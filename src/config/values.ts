/**
 * What single values may be, whether a person wrote them or a workflow was started with them. Their
 * limits are those of `landfall-host` (`host/contract.json`), or stricter.
 */
import { z } from 'zod';
import { ADDRESS_FORMS, isRepositoryAddress, REPOSITORY_ADDRESS } from '../git/address';
import { isHostAddress, isLoginName, LONGEST_SOCKET_PATH, NAME_PATTERN, parseBind } from './address';
import { dictionary, form, listOf, same, text, wholeNumber } from './form';
import {
  type Bytes,
  bytesOf,
  DURATION_PATTERN,
  type Milliseconds,
  millisecondsOf,
  SIZE_PATTERN,
} from './units';

const NAME_FORM = 'lower-case letters, digits and -, beginning with a letter, at most 31';
export const serviceName = text(`a name such as shop: ${NAME_FORM}`, NAME_PATTERN);
export const environmentName = text(`names of environments: ${NAME_FORM}`, NAME_PATTERN);
export const userName = text('a user name other than root', NAME_PATTERN, isLoginName);

/** How hosts are called; also in errors, so that nothing in a name can act on whoever reads it. */
export const hostName = text('a name such as web1', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/);
export const hostAddress = text('a DNS name or an IP address', /^\S{1,253}$/, isHostAddress);
export const port = wholeNumber(1, 65_535);

export const repository = text(ADDRESS_FORMS, REPOSITORY_ADDRESS, isRepositoryAddress);

export const app = text(
  'module:attribute as Gunicorn takes it, such as main:app or shop.web:create_app(), at most 200 characters',
  /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\(\))?$/,
  (value) => value.length <= 200,
);

export const python = text(
  'python3, python3.12 or an absolute path, at most 200 characters',
  /^(\/[A-Za-z0-9._+-]+)+$|^[A-Za-z][A-Za-z0-9._+-]*$/,
  (value) => isPlain(value) && value.length <= 200,
);

/** A folder or file of the release: never absolute, never out of it. */
export const insideRelease = text(
  'a path inside the repository such as data/uploads, without a leading or closing slash and without . or .., at most 300 characters',
  /^[A-Za-z0-9._@+-]+(\/[A-Za-z0-9._@+-]+)*$/,
  (value) => value.length <= 300 && !value.startsWith('-') && isPlain(value),
);

export const requirements = listOf(insideRelease, 'a list of 1 to 50 requirement files', [1, 50]);

export const shared = same(
  listOf(insideRelease, 'a list of at most 100 paths', [0, 100]).value.refine(areApart, {
    error: 'paths that are neither .venv nor twice in the list nor inside one another',
  }),
);

export const LONGEST_ABSOLUTE_PATH = 200;

/** Without quotes, spaces or `%`, which a unit file would read in its own way. */
function absolutePath(allowed: string, more: (path: string) => boolean = () => true) {
  return text(
    `an absolute path ${allowed}, at most ${LONGEST_ABSOLUTE_PATH} characters`,
    /^(\/[A-Za-z0-9._@+-]+)+$/,
    (path) => isPlain(path) && path.length <= LONGEST_ABSOLUTE_PATH && more(path),
  );
}

/** Folders of the system, and those that are emptied at a reboot; `landfall setup` is stricter still. */
const SYSTEM_FOLDER =
  /^\/((home|usr|var)\/[^/]+$|(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|tmp|var\/tmp)(\/|$))/;

export const base = absolutePath(
  'such as /srv/shop, not a folder of the system',
  (path) => path.lastIndexOf('/') > 0 && !SYSTEM_FOLDER.test(path),
);

export const unit = text('a name such as shop.service', /^[a-z][a-z0-9-]{0,60}\.service$/);

export const envFiles = listOf(
  absolutePath('such as /etc/shop/env'),
  'a list of at most 20 absolute paths such as [/etc/shop/env]',
  [0, 20],
);

/** Names that systemd or Landfall give the service; `PATH` leads to the release's own packages. */
const RESERVED_ENV =
  /^(PATH|LANDFALL_.*|GUNICORN_CMD_ARGS|LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES|NOTIFY_SOCKET|INVOCATION_ID|MAINPID)$/;

export const env = dictionary(
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

export const workerClass = text(
  'a worker class such as uvicorn_worker.UvicornWorker, at most 200 characters',
  /^[A-Za-z_][A-Za-z0-9_.]{0,199}$/,
);

export const path = text(
  'a path such as /health/ready, at most 2000 characters',
  /^\/[\x21-\x22\x24-\x7e]{0,1999}$/,
);

export const url = text(
  'an address beginning with http:// or https://, at most 2000 characters',
  /^https?:\/\/\S+$/,
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && value.length <= 2000,
);

export const headerName = text('the name of a header field such as X-Release', /^[A-Za-z0-9-]{1,100}$/);
export const fieldName = text(
  'the name of a field such as release or build.commit, at most 200 characters',
  /^[\w-]+(\.[\w-]+)*$/,
  (value) => value.length <= 200,
);

export const headers = dictionary(
  text('names of header fields of letters, digits and -, at most 100', /^[A-Za-z0-9-]{1,100}$/),
  text('text in one line, ASCII, at most 4000 characters; put numbers in quotes', /^[\x20-\x7e]{0,4000}$/),
  50,
);

/** @param example what it may look like, for people */
export function command(example: string) {
  return listOf(
    text('texts in one line, each of at most 30000 characters', /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,30000}$/u),
    `a list of 1 to 200 words such as ${example}`,
    [1, 200],
  );
}

/** Longer than a day is a mistyped unit: nothing in a deploy should be waited for that long. */
export const LONGEST_DURATION: Milliseconds = 24 * 3_600_000;
/** What a process may take to stop, which systemd and a shutdown of the host wait for. */
export const LONGEST_STOP: Milliseconds = 3_600_000;

export const duration = durationUpTo(
  LONGEST_DURATION,
  'a duration such as 500ms, 30s, 5m or 2h, above zero and at most 24h',
);
/** One request to a service that serves. */
export const upToAMinute = durationUpTo(60_000, 'a duration such as 500ms or 2s, above zero and at most 60s');
/** Gunicorn counts in whole seconds. */
export const wholeSeconds = durationUpTo(
  LONGEST_DURATION,
  'a duration in whole seconds, as Gunicorn counts, such as 30s, 5m or 2h, above zero and at most 24h',
  1_000,
);
export const upToAnHour = durationUpTo(
  LONGEST_STOP,
  'a duration in whole seconds, as Gunicorn counts, such as 30s or 5m, above zero and at most 1h',
  1_000,
);

function durationUpTo(most: Milliseconds, allowed: string, step: Milliseconds = 1) {
  const fits = (value: Milliseconds) => value >= step && value <= most && value % step === 0;
  const inRun = `milliseconds from ${step} to ${most} in steps of ${step}`;
  const value: z.ZodType<Milliseconds> = z.number({ error: inRun }).refine(fits, { error: inRun });
  return form(
    text(allowed, DURATION_PATTERN, (written) => fits(millisecondsOf(written))).written,
    value,
    millisecondsOf,
  );
}

/** With less memory not even an interpreter and its modules start: it is a mistyped unit. */
const LEAST_MEMORY = bytesOf('64M');
const MOST_MEMORY = bytesOf('4096G');

const bytes: z.ZodType<Bytes> = wholeNumber(LEAST_MEMORY, MOST_MEMORY).value;
export const memory = form(
  text('a size such as 512M or 2G, at least 64M and at most 4096G', SIZE_PATTERN, (written) => {
    const size = bytesOf(written);
    return size >= LEAST_MEMORY && size <= MOST_MEMORY;
  }).written,
  bytes,
  bytesOf,
);

/** Where a service listens, in a run. */
const address = z.union([
  z.object({ host: z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }), port: port.value }),
  z.object({
    socket: text(
      'the path of a unix socket',
      /^(\/[A-Za-z0-9._@+-]+)+$/,
      (socket) => socket.length <= LONGEST_SOCKET_PATH,
    ).value,
  }),
]);

export const bind = form(
  text(
    'an address such as 127.0.0.1:8000, [::1]:8000 or unix:/run/shop.sock (not below /tmp)',
    /^(unix:\/.+|.+:\d+)$/,
    (written) => parseBind(written) !== null,
  ).written.meta({ id: 'bind' }),
  address,
  (written) => accepted(parseBind(written)),
);

/** One line for people. The helper takes 300 characters, and a repair adds its own name. */
export const line = text(
  'one line of at most 250 characters',
  /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,250}$/u,
);

/** @throws when the value was not checked before */
export function accepted<Value>(value: Value | null): Value {
  if (value === null) throw new Error('a value was read before it was checked');
  return value;
}

function isPlain(path: string): boolean {
  return !path.split('/').some((part) => part === '.' || part === '..');
}

function areApart(paths: string[]): boolean {
  return paths.every(
    (path, index) =>
      path !== '.venv' &&
      !path.startsWith('.venv/') &&
      paths.every((other, at) => at === index || (other !== path && !other.startsWith(`${path}/`))),
  );
}
