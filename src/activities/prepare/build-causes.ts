/** Why a build failed, from the output of its commands. Pure. */
import { NOT_SECRET } from '../../config/secrets';
import { causeOfStart } from '../../deployment/start-causes/start-causes';
import { lastLine } from '../run-job';

export interface BuildCause {
  /** As sentences. */
  message: string;
  /** The next step for a person. */
  advice: string;
}

interface Row {
  sign: RegExp;
  cause: (found: string[], host: string) => BuildCause;
}

const LOG_IN = 'where the deploying user reads it: ~/.npmrc, ~/.netrc';

const ROWS: Row[] = [
  {
    sign: /Can't find (msg\w+)\. Make sure you have GNU gettext/,
    cause: ([tool = ''], host) => ({
      message: `${host} has no ${tool}.`,
      advice: 'Run there as root: apt install gettext',
    }),
  },
  {
    sign: /without having set the STATIC_ROOT setting/,
    cause: () => ({
      message: 'The settings of Django name no STATIC_ROOT.',
      advice: "Write STATIC_ROOT = BASE_DIR / 'static' into them.",
    }),
  },
  {
    sign: /Unknown command: '?(\w+)'?/,
    cause: ([name = '']) => ({
      message: `Django has no command ${name}.`,
      advice:
        'Add its app to INSTALLED_APPS, or name the settings: build: { env: { DJANGO_SETTINGS_MODULE: … } }.',
    }),
  },
  {
    sign: /can only install with an existing package-lock\.json|npm (?:ERR!|error) code EUSAGE/,
    cause: () => ({
      message: 'npm ci needs a package-lock.json that fits package.json.',
      advice: 'Run npm install, commit package-lock.json, and deploy again.',
    }),
  },
  {
    sign: /npm (?:ERR!|error) code E40[13]|ERR_PNPM_FETCH_40[13]/,
    cause: (_, host) => ({
      message: `The package registry wants a login on ${host}.`,
      advice: `Put it there ${LOG_IN}.`,
    }),
  },
  {
    sign: /(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH)\b[^\n]{0,200}?(https?:\/\/[^/\s]+)?/,
    cause: ([url = ''], host) => ({
      message: `${host} cannot reach ${url === '' ? 'an address that the build asks' : url}.`,
      advice: `Let ${host} reach it, or name a proxy there: https_proxy=… in /etc/landfall/<service>.install.env (root, mode 600).`,
    }),
  },
  {
    sign: /JavaScript heap out of memory/,
    cause: () => ({
      message: 'The memory of node ran out.',
      advice: 'Write build: { env: { NODE_OPTIONS: --max-old-space-size=4096 } }, or a larger build.memory.',
    }),
  },
  {
    sign: /Error: Cannot find module '([^']{1,200})'/,
    cause: ([name = '']) => ({
      message: `The node module ${name} is not installed.`,
      advice: 'Install it first: build: [npm ci, …]. A module of devDependencies needs npm ci --include=dev.',
    }),
  },
  {
    sign: /No space left on device|ENOSPC/,
    cause: (_, host) => ({
      message: `No space left on ${host}.`,
      advice: 'Free space there, or lower `keepReleases`, and deploy again.',
    }),
  },
  {
    sign: /^(?=[^\n]*(?:Read-only file system|EROFS))[^\n/]*(\/[^'"\s:]{1,200})/m,
    cause: ([path = '']) => ({
      message: `The build may not write to ${path}.`,
      advice: 'Write into the release. A build writes there and in its caches, and nowhere else on the host.',
    }),
  },
  {
    sign: /^[^\n]*(?:preserving permissions|failed to set permissions|copytree|chmod)[^\n]*Operation not permitted[^\n]*$/m,
    cause: ([line = '']) => ({
      message: `A copy keeps the modes of folders, which a build may not set: ${line.trim().slice(0, 200)}.`,
      advice: 'Copy without them: cp -r, rsync -r, or shutil.copytree with copy_function=shutil.copyfile.',
    }),
  },
];

/** @param output of the command that failed; a build does not get the environment files of the service */
export function causeOfBuild(output: string, host: string): BuildCause | null {
  const unset = unsetIn(output, host);
  if (unset !== null) return unset;
  for (const { sign, cause } of ROWS) {
    const found = sign.exec(output);
    if (found !== null)
      return cause(
        found.slice(1).map((group) => group ?? ''),
        host,
      );
  }
  const told = causeOfStart([output], { host, app: '', dependencies: 'the dependencies' });
  return told === null ? null : { message: told.message, advice: told.advice ?? ADVICE };
}

export const ADVICE = 'Correct the command or the release (its output is the evidence) and deploy again.';

/** A variable that the service has from an environment file, and a build has not. */
function unsetIn(output: string, host: string): BuildCause | null {
  const told = causeOfStart([output], { host, app: '', dependencies: '' });
  const [, names = ''] =
    /The environment variables? ([A-Z][A-Z0-9_, ]*) (?:is|are) not set/.exec(told?.message ?? '') ?? [];
  const empty = /The setting SECRET_KEY of Django is empty/.test(told?.message ?? '') ? 'SECRET_KEY' : '';
  const missing = (names || empty).split(', ').filter((name) => name !== '');
  if (told === null || missing.length === 0) return null;
  const values = missing.map((name) => `${name}: ${NOT_SECRET}`).join(', ');
  return {
    message: told.message,
    advice: `A build does not read environment files. Give it a value that is not secret: build: { env: { ${values} } }.`,
  };
}

/** The last line of the failed command that says something. */
export function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => !/^landfall: |^\$ |A complete log of this run|^npm (?:ERR!|error)\s*$/.test(line));
  return lastLine(lines.join('\n')).slice(0, 300);
}
