/**
 * What single values may be, whether a person wrote them or a workflow was started with them. Their
 * limits are those of `landfall-host` (`host/landfall_host/fields.py`), or stricter.
 */
import { ADDRESS_FORMS, LONGEST_REPOSITORY_ADDRESS, REPOSITORY_ADDRESS } from '../git/address';
import { isLoginName, NAME_PATTERN } from './address';
import { ABSOLUTE, insideRelease, isPlain, listOf, text } from './forms';

/** Folders of the system, and those that are emptied at a reboot; `landfall setup` is stricter still. */
const SYSTEM_FOLDER =
  /^\/((home|usr|var)\/[^/]+$|(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|tmp|var\/tmp)(\/|$))/;

export const LONGEST_ABSOLUTE_PATH = 200;

const NAME_FORM = 'lower-case letters, digits and -, beginning with a letter, at most 31';
export const serviceName = text(`a name such as shop: ${NAME_FORM}`, NAME_PATTERN);
export const environmentName = text(`names of environments: ${NAME_FORM}`, NAME_PATTERN);
export const userName = text('a user name other than root', NAME_PATTERN, isLoginName);

/** How hosts are called; also in errors, so that nothing in a name can act on whoever reads it. */
export const hostName = text('a name such as web1', /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/);

export const repository = text(
  ADDRESS_FORMS,
  REPOSITORY_ADDRESS,
  (value) => value.length <= LONGEST_REPOSITORY_ADDRESS,
);

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

export const requirements = listOf(insideRelease, 'a list of 1 to 50 requirement files', 1, 50);

export const shared = listOf(insideRelease, 'a list of at most 100 paths', 0, 100).refine(areApart, {
  error: 'paths that are neither .venv nor twice in the list nor inside one another',
});

export const base = text(
  `an absolute path such as /srv/shop, not a folder of the system, at most ${LONGEST_ABSOLUTE_PATH} characters`,
  ABSOLUTE,
  (path) =>
    isPlain(path) &&
    path.lastIndexOf('/') > 0 &&
    !SYSTEM_FOLDER.test(path) &&
    path.length <= LONGEST_ABSOLUTE_PATH,
);

export const unit = text('a name such as shop.service', /^[a-z][a-z0-9-]{0,60}\.service$/);

export const envFiles = listOf(
  text(
    `an absolute path such as /etc/shop/env, at most ${LONGEST_ABSOLUTE_PATH} characters`,
    ABSOLUTE,
    (path) => isPlain(path) && path.length <= LONGEST_ABSOLUTE_PATH,
  ),
  'a list of at most 20 absolute paths such as [/etc/shop/env]',
  0,
  20,
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
  (value) => isHttpUrl(value) && value.length <= 2000,
);

export const headerName = text('the name of a header field such as X-Release', /^[A-Za-z0-9-]{1,100}$/);
export const fieldName = text(
  'the name of a field such as release or build.commit, at most 200 characters',
  /^[\w-]+(\.[\w-]+)*$/,
  (value) => value.length <= 200,
);

/** @param example what it may look like, for people */
export function command(example: string) {
  return listOf(
    text('texts in one line, each of at most 30000 characters', /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,30000}$/u),
    `a list of 1 to 200 words such as ${example}`,
    1,
    200,
  );
}

/** Kept on a host with each good release, beside what else is kept there. */
export const LONGEST_SETTINGS = 50_000;

/**
 * A step on every host may be scheduled in one answer to the engine, each with the settings. The engine
 * takes 4 MB; without the rest that an answer holds, this is safe.
 */
const MOST_IN_ONE_ANSWER = 2_000_000;

/** How many bytes the settings of an environment with so many hosts may take together, as JSON. */
export function bytesForEach(hosts: number): number {
  return Math.floor(MOST_IN_ONE_ANSWER / Math.max(hosts, 1));
}

/** Bytes as JSON. */
export function sizeOf(settings: object): number {
  return Buffer.byteLength(JSON.stringify(settings));
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function areApart(paths: string[]): boolean {
  return paths.every(
    (path, index) =>
      path !== '.venv' &&
      !path.startsWith('.venv/') &&
      paths.every((other, at) => at === index || (other !== path && !other.startsWith(`${path}/`))),
  );
}
