import type { Finding, Path } from './config-error';

/** Words that a setting's name ends in when its value is a secret: `DB_PASSWORD`, `PGPASSWORD`, `api-key`. */
const SECRET_NAME =
  /(PASSWORD|PASSWD|PASSPHRASE|SECRET|APIKEY|(^|[_-])(PASS|PWD|TOKEN|KEY|KEY_BASE|CREDENTIALS?))$/i;

/** Keys that are made to be shown. */
const PUBLIC_NAME = /(^|[_-])(PUBLIC|PUB|PUBLISHABLE)[_-]?KEY$/i;

/** Header fields that carry a login whatever their value is. */
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|x-auth.*)$/i;

/** Of a setting that a build wants to be set, and does not use. */
export const NOT_SECRET = 'build';

const SECRET_VALUES = [
  // scheme://user:password@host, and the same in a connection string's own words
  /(?<=[a-z][a-z0-9+.-]{0,30}):\/\/[^\s/?#@:]{0,255}:[^\s/@]{1,1000}@/i,
  /[?&;\s](password|passwd|pwd|token|secret|api_?key)=[^\s&;]/i,
  /^(password|passwd|pwd)=[^\s]/i,
  /^--?(password|passwd|token|secret|api-?key)=./i,
  // a token in the place of the user, as Git hosts take it
  /https?:\/\/[^\s/@]{1,1000}@/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // tokens that say themselves what they are: GitHub, GitLab, AWS, Slack, Stripe, JSON Web Token
  /\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}|[sr]k_live_\w{10,})/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./,
];

/** Whether a setting of this name would hold a secret: `*_PASSWORD`, `*_SECRET`, `*_TOKEN`, `*_KEY` … */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !PUBLIC_NAME.test(name);
}

/** Whether a request header of this name would carry a login. */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name) || isSecretName(name);
}

/** Whether a text is, or has in it, what only the service should know: a URL with a password, a private key, a token. */
export function isSecretValue(text: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(text));
}

/**
 * Secrets anywhere in the file. What is in it reaches the engine's history, the unit file and
 * everybody who can read the repository; environment files reach only the service.
 */
export function secretFindings(value: unknown, path: Path = []): Finding[] {
  if (typeof value === 'string') {
    return isSecretValue(value) ? [{ path, message: adviceFor(path, 'this looks like a secret') }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const parent = path.at(-1);
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (parent === 'env' && isSecretName(key) && !(path.at(-2) === 'build' && child === NOT_SECRET)) {
      return [{ path: here, message: adviceFor(here, 'a setting of this name would be a secret') }];
    }
    if (parent === 'headers' && isSecretHeader(key)) {
      return [{ path: here, message: adviceFor(here, 'this header would carry a login') }];
    }
    return secretFindings(child, here);
  });
}

function adviceFor(path: Path, what: string): string {
  const refused = `${what}, and secrets are refused in landfall.yaml`;
  if (path.includes('build') && path.includes('env')) {
    return `${refused}; if the build only wants it to be set, write ${NOT_SECRET} as its value, else put it into /etc/landfall/<service>.install.env on the host`;
  }
  if (path.includes('env')) {
    return `${refused}; put it into a file on the host that only root can read and name that file in envFiles`;
  }
  if (path.includes('repository')) {
    return `${refused}; use an address without a password and give the controller a deploy key`;
  }
  if (path.includes('readiness')) return `${refused}; readiness must answer without a login`;
  return `${refused}; let the program read it from its environment, out of a file named in envFiles`;
}
