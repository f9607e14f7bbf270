/**
 * The forms of single values, in landfall.yaml and in a workflow's start input. Their limits are those of
 * `landfall-host` (`host/contract.json`), or stricter.
 */
import { z } from 'zod';
import { type PatternName, patternOf, TYPES } from '../contract/contract';
import type { Address } from '../contract/contract-types';
import { isHostAddress, isLoginName, parseBind } from './address';
import { dictionary, form, listOf, same, text, wholeNumber } from './form';
import { map, required } from './map';
import { ADDRESS_FORMS, isRepositoryAddress, REPOSITORY_ADDRESS } from './repository';
import {
  type Bytes,
  bytesOf,
  DURATION_PATTERN,
  type Milliseconds,
  millisecondsOf,
  SIZE_PATTERN,
} from './units';

/** A text that a host is asked with, so that `host/contract.json` says what it may be. */
function onHost(name: PatternName, allowed: string, more?: (value: string) => boolean) {
  const type = TYPES[name];
  return text(allowed, patternOf(name), more, 'maxLength' in type ? type.maxLength : undefined);
}

const NAME_FORM = 'lower-case letters, digits and -, beginning with a letter, at most 31';
export const serviceName = onHost('serviceName', `a name such as shop: ${NAME_FORM}`);
export const environmentName = onHost('serviceName', `names of environments: ${NAME_FORM}`);
export const userName = onHost('userName', 'a user name other than root', isLoginName);

/** How hosts are called; also in errors, so that nothing in a name can act on whoever reads it. */
export const hostName = text('a name such as web1', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/);
export const hostAddress = text('a DNS name or an IP address', /^\S{1,253}$/, isHostAddress);
export const port = wholeNumber(TYPES.port);

export const repository = text(ADDRESS_FORMS, REPOSITORY_ADDRESS, isRepositoryAddress);

export const app = onHost(
  'app',
  "module:attribute as Gunicorn takes it, such as main:app or shop.web:create_app('prod'), with single quotes, at most 200 characters",
);

const program = onHost(
  'program',
  "python3.12, '3.12' in quotes, managed, or an absolute path, at most 200 characters",
);
/** `managed` looks like a program, and is a word of Landfall. A number in YAML would make 3.1 of 3.10. */
export const python = text(
  "python3.12, '3.12' in quotes, managed, or an absolute path, at most 200 characters",
  /^(?:3\.\d{1,2}(?:\.\d{1,3})?|[A-Za-z/].*)$/,
  (value) => /^3\./.test(value) || program.written.safeParse(value).success,
);

/** A folder or file of the release: never absolute, never out of it. */
export const insideRelease = onHost(
  'insidePath',
  'a path inside the repository such as data/uploads, without a leading or closing slash and without . or .., at most 300 characters',
);

export const requirements = listOf(insideRelease, 'a list of 1 to 50 requirement files', [
  1,
  TYPES.requirements.most,
]);

export const absolutePath = onHost(
  'absolutePath',
  'an absolute path such as /etc/ssl/shop.pem, at most 200 characters',
);
export const domainName = onHost(
  'domainName',
  'a domain name such as shop.example.com, in lower case, without a port and without *, other letters as in xn--bcher-kva.example',
);
export const acmeDirectory = onHost('acmeDirectory', 'an https:// address without a login and a query');
export const emailAddress = onHost('emailAddress', 'a mail address such as ops@example.com');
export const ipAddress = same(z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }));

export const wheels = onHost(
  'wheels',
  'a folder of the repository such as vendor/wheels or an absolute path on the host, at most 200 characters',
);

export const paths = listOf(insideRelease, 'a list of at most 100 paths', [0, 100]);

export const publicPaths = listOf(
  insideRelease,
  'a list of at most 50 paths such as [static, media]',
  [0, 50],
);

export const lockFile = text(
  'the path of a uv.lock, poetry.lock, pdm.lock, pylock.toml or pylock.NAME.toml of the repository, such as uv.lock',
  /^(?:[^/]+\/)*(?:uv\.lock|poetry\.lock|pdm\.lock|pylock\.(?:[\w-]+\.)?toml)$/,
  (path) => insideRelease.written.safeParse(path).success,
);

/** Of a dependency group or an extra; https://packaging.python.org/en/latest/specifications/name-normalization/ */
export const groupNames = listOf(
  text('a name such as prod', /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/),
  'a list of at most 50 names such as [prod]',
  [0, 50],
);

const sharedPath = onHost(
  'sharedPath',
  'a path inside the repository such as data/uploads or data/uploads/ for a folder, without a leading slash and without . or .., at most 300 characters',
);

export const shared = same(
  listOf(sharedPath, 'a list of at most 100 paths', [0, TYPES.sharedPaths.most]).value().refine(areApart, {
    error: 'paths that are neither .venv nor twice in the list nor inside one another',
  }),
);

/** Folders of the system, and those that are emptied at a reboot; `landfall setup` is stricter still. */
const SYSTEM_FOLDER =
  /^\/((home|usr|var)\/[^/]+$|(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|tmp|var\/tmp)(\/|$))/;

export const base = onHost(
  'absolutePath',
  'an absolute path such as /srv/shop, not a folder of the system, at most 200 characters',
  (path) => path.lastIndexOf('/') > 0 && !SYSTEM_FOLDER.test(path),
);

export const unit = onHost('serviceUnit', 'a name such as shop.service');

export const envFiles = listOf(
  onHost('absolutePath', 'an absolute path such as /etc/shop/env, at most 200 characters'),
  'a list of at most 20 absolute paths such as [/etc/shop/env]',
  [0, TYPES.envFiles.most],
);

export const env = dictionary(
  onHost(
    'ownVariable',
    'names made of letters, digits and _, at most 100, but not PATH, LANDFALL_*, LISTEN_* or NOTIFY_SOCKET',
  ),
  onHost(
    'variableValue',
    'text in one line of at most 30000 characters; put numbers and true or false in quotes',
  ),
  TYPES.env.most,
);

export const workers = wholeNumber(TYPES.workers);
export const threads = wholeNumber({ minimum: 1, maximum: 1_000 });
export const workerClass = onHost(
  'workerClass',
  'a worker class such as uvicorn_worker.UvicornWorker, at most 200 characters',
);

export const path = onHost('urlPath', 'a path such as /health/ready, at most 2000 characters');

export const url = text(
  'an address beginning with http:// or https://, at most 2000 characters',
  /^https?:\/\/\S+$/,
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && value.length <= 2000,
);

export const headerName = onHost('headerName', 'the name of a header field such as X-Release');
export const fieldName = onHost(
  'fieldName',
  'the name of a field such as release or build.commit, at most 200 characters',
);

const expected = map({
  field: required(fieldName, 'A field of the JSON body, such as `status` or `checks.database`.'),
  is: required(
    listOf(
      text(
        'texts in one line, each of at most 200 characters; put true, false and numbers in quotes',
        /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,200}$/u,
      ),
      'a list of 1 to 20 texts',
      [1, 20],
    ),
    'The values that mean ready.',
  ),
});
/** The JSON field of a readiness answer that must say ready; `false`: none. */
export const expect = form(
  z.union([z.literal(false), expected.written], { error: 'false or a map with field, is' }),
  () => z.union([z.literal(false), expected.value()]),
  (written, names) => (written === false ? false : expected.read(written, names)),
);

export const headers = dictionary(
  onHost('headerName', 'names of header fields of letters, digits and -, at most 100'),
  onHost('headerValue', 'text in one line, ASCII, at most 4000 characters; put numbers in quotes'),
  TYPES.headers.most,
);

/** @param example what it may look like, for people */
export function command(example: string) {
  return listOf(
    text('texts in one line, each of at most 30000 characters', /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,30000}$/u),
    `a list of 1 to 200 words such as ${example}`,
    [1, 200],
  );
}

const checkedBy = map({
  command: required(
    command('[./ready.sh]'),
    'Run as the service in its release. An exit status other than 0 is bad.',
  ),
});
/** By which means readiness is asked. */
export const check = form(
  z.union([z.enum(['http', 'https', 'tcp']), checkedBy.written], {
    error: 'http, https, tcp or a map with command',
  }),
  () => z.union([z.enum(['http', 'https', 'tcp']), checkedBy.value()]),
  (written, names) => (typeof written === 'string' ? written : checkedBy.read(written, names)),
);

export const duration = durationIn(
  TYPES.duration,
  'a duration such as 500ms, 30s, 5m or 2h, above zero and at most 24h',
);
/** One request to a service that serves. */
export const requestDuration = durationIn(
  TYPES.requestDuration,
  'a duration such as 500ms or 2s, above zero and at most 60s',
);
export const wholeSeconds = durationIn(
  TYPES.wholeSeconds,
  'a duration in whole seconds, as Gunicorn counts, such as 30s, 5m or 2h, above zero and at most 24h',
);
export const stopDuration = durationIn(
  TYPES.stopDuration,
  'a duration in whole seconds, as Gunicorn counts, such as 30s or 5m, above zero and at most 1h',
);

function durationIn(
  limits: { minimum: Milliseconds; maximum: Milliseconds; multipleOf?: Milliseconds },
  allowed: string,
) {
  const value: z.ZodType<Milliseconds> = wholeNumber(limits).written;
  return form(
    text(allowed, DURATION_PATTERN, (written) => value.safeParse(millisecondsOf(written)).success).written,
    () => value,
    millisecondsOf,
  );
}

/** With less memory not even an interpreter and its modules start: it is a mistyped unit. */
const bytes: z.ZodType<Bytes> = wholeNumber({ minimum: bytesOf('64M'), maximum: bytesOf('4096G') }).written;
export const memory = form(
  text(
    'a size such as 512M or 2G, at least 64M and at most 4096G',
    SIZE_PATTERN,
    (written) => bytes.safeParse(bytesOf(written)).success,
  ).written,
  () => bytes,
  bytesOf,
);

/** Where a service listens, in a run. */
const address = (): z.ZodType<Address> =>
  z.union([
    z.object({ host: z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }), port: port.written }),
    z.object({
      socket: onHost('socketPath', 'the path of a unix socket').written,
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

function areApart(written: string[]): boolean {
  const paths = written.map((path) => path.replace(/\/$/, ''));
  return paths.every(
    (path, index) =>
      path !== '.venv' &&
      !path.startsWith('.venv/') &&
      paths.every((other, at) => at === index || (other !== path && !other.startsWith(`${path}/`))),
  );
}
