/** Why an installation failed, from the output of pip or uv. Pure. */
import type { Packaging } from '../../config/resolved';
import { lastLine } from '../run-job';

/** Where it failed, for the sentences. */
export interface InstallContext {
  service: string;
  host: string;
  deployUser: string;
  /** The interpreter by its path. */
  python: string;
  packaging: Packaging;
}

export interface InstallCause {
  message: string;
  /** The next step for a person. */
  advice: string;
}

/** A sign in the output, and what it means. The first that fits is told, so what explains another one is above it. */
interface Row {
  sign: RegExp;
  cause: (found: RegExpExecArray, context: InstallContext) => InstallCause;
}

const ROWS: Row[] = [
  {
    sign: /^landfall: (\S+) does not fit (\S+)$/m,
    cause: ([, lock = '', project = '']) => ({
      message: `${lock} does not fit ${project}.`,
      advice: `Run \`${lock.replace('.lock', '')} lock\`, commit ${lock}, and deploy again.`,
    }),
  },
  {
    sign: /ensurepip is not\s+available|No module named '?ensurepip/,
    cause: (_, { host, python }) => ({
      message: `${host} has neither uv nor the package python3-venv, so ${python} can make no environment.`,
      advice: 'Run there as root: apt install python3-venv',
    }),
  },
  {
    sign: /No space left on device|os error 28\b/,
    cause: (_, { host }) => ({
      message: `no space is left on ${host}.`,
      advice: 'Free space there, or lower `keepReleases`, and deploy again.',
    }),
  },
  {
    sign: /Permission denied \(publickey|Host key verification failed/,
    cause: (_, { host, deployUser }) => ({
      message: `a repository of a requirement refuses ${deployUser} of ${host} over SSH.`,
      advice: `Give ${deployUser} on ${host} a key in ~/.ssh that may read the repository, and its server in ~/.ssh/known_hosts.`,
    }),
  },
  {
    sign: /could not read (?:Username|Password) for '([^']*)'|Authentication failed for '([^']*)'|terminal prompts disabled/,
    cause: ([, one, two], context) =>
      needsLogin(addressOf(one ?? two ?? 'a repository of a requirement'), context),
  },
  {
    sign: /Cannot find command 'git'|Git executable not found/,
    cause: (_, { host }) => ({
      message: `a requirement comes from a repository, and ${host} has no git.`,
      advice: 'Run there as root: apt install git',
    }),
  },
  {
    sign: /index(?: URL)? \((\S+?)\) (?:could not be queried due to a lack of valid authentication|returned a 40[13])|HTTP status client error \(40[13] [^)]*\) for url \((\S+?)\)|HTTP error 40[13] while getting (\S+)|40[13] Client Error: [^\n]* for url: (\S+)|WARNING: 40[13] Error[^\n]* for (\S+)/,
    cause: ([, ...addresses], context) =>
      needsLogin(addressOf(addresses.find((each) => each !== undefined) ?? ''), context),
  },
  {
    sign: /(?:^|[/@:])\$\{([A-Z_][A-Z0-9_]*)\}[^\s]*@/m,
    cause: (_, context) => needsLogin('the package index', context),
  },
  {
    sign: /(?:failed to lookup address|error resolving DNS|Name or service not known|Temporary failure in name resolution|NameResolutionError|Connection refused|timed out|Network is unreachable|No route to host|error sending request|Tunnel connection failed|Failed to establish a new connection)/i,
    cause: (found, { host, service }) => ({
      message: `${host} cannot reach ${lastAddress(found.input) ?? 'the package index'}.`,
      advice: `Let ${host} reach it, or name a proxy there: https_proxy=… in /etc/landfall/${service}.install.env (root, mode 600). Without a network, name a folder of wheels in /etc/uv/uv.toml and /etc/pip.conf (find-links).`,
    }),
  },
  {
    sign: /THESE PACKAGES DO NOT MATCH THE HASHES[^\n]*\n\s*([^\s@]+)|Hash mismatch for `([^`]+)`/,
    cause: ([, pip, uv], { packaging }) => ({
      message: `the file of ${pip ?? uv ?? 'a package'} has another hash than ${packaging.files[0] ?? 'the lock'} says.`,
      advice:
        'Lock again from the index that the host uses. If the version is the same, find out who changed its file.',
    }),
  },
  {
    sign: /(?:^|\n)[^\n]*[Ee]rror: `?(?:Package|Distribution) `?([^`\n]+?)`? can't be installed because it doesn't have a source distribution or wheel for the current platform|`([^`]+)` can't be installed because it doesn't have/,
    cause: ([, one, two], { host, python }) => ({
      message: `uv.lock has no file of ${one ?? two} for ${host} (${python}).`,
      advice:
        'Lock for this platform: write tool.uv.required-environments in pyproject.toml, then run `uv lock`.',
    }),
  },
  {
    sign: /setuptools-scm was unable to detect version|Unable to detect version|hatch-vcs|vcs[^\n]*version/i,
    cause: (_, { service }) => ({
      message: 'the version of a package comes from the history of Git, which a release does not have.',
      advice: `Write the version into pyproject.toml, or SETUPTOOLS_SCM_PRETEND_VERSION=1.0 into /etc/landfall/${service}.install.env.`,
    }),
  },
  {
    sign: /(?:build-system\.requires`?[\s\S]*?No solution found when resolving: `([^`]+)`)|(?:install build dependencies[\s\S]*?No matching distribution found for (\S+))/,
    cause: ([, uv, pip], { host }) => ({
      message: `a package is built there, and its build needs ${uv ?? pip}, which ${host} finds in no index.`,
      advice: `Put ${uv ?? pip} into the index or the folder of wheels that ${host} uses, or pin a version with a wheel.`,
    }),
  },
  {
    sign: /requires a different Python: (\S+) not in '([^']+)'|current Python version \(([^)]+)\) does not satisfy Python([^\s]+)|requested interpreter resolved to Python (\S+), which is incompatible with the project's Python requirement: `([^`]+)`|No interpreter found for Python (\S+)/,
    cause: ([, a, b, c, d, e, f, wanted], { host, python }) => ({
      message: `${host} has Python ${a ?? c ?? e ?? ''} (${python}), and a package needs ${b ?? d ?? f ?? wanted ?? 'another one'}.`,
      advice:
        'Name a fitting interpreter of the host: `python: python3.12` in landfall.yaml, or pin a version for this Python.',
    }),
  },
  {
    sign: /pg_config(?: executable)? (?:is required|not found)|libpq-fe\.h/,
    cause: (_, context) => needsToBuild('libpq-dev', 'libpq-dev gcc python3-dev', context),
  },
  {
    sign: /mysql_config|mysqlclient[^\n]*pkg-config|MYSQLCLIENT_CFLAGS/,
    cause: (_, context) =>
      needsToBuild('the headers of MySQL', 'default-libmysqlclient-dev pkg-config gcc python3-dev', context),
  },
  {
    sign: /(?:rustc|cargo|Rust)[^\n]*(?:not (?:installed|found)|is required|No such file)|can't find Rust compiler/,
    cause: (_, context) => needsToBuild('Rust', 'rustc cargo', context),
  },
  {
    sign: /cmake[^\n]*(?:not found|No such file|must be installed)|CMake must be installed/i,
    cause: (_, context) => needsToBuild('cmake', 'cmake g++ python3-dev', context),
  },
  {
    sign: /Python\.h: No such file/,
    cause: (_, context) => needsToBuild('the headers of Python', 'python3-dev gcc', context),
  },
  {
    sign: /fatal error: (\S+\.h): No such file/,
    cause: ([, header = ''], context) => needsToBuild(header, `the package with ${header}`, context),
  },
  {
    sign: /command '[^']*(?:gcc|cc|g\+\+)' failed: No such file|No such file or directory: '[^']*(?:gcc|g\+\+|cc)'|unable to execute '[^']*(?:gcc|cc)'|(?:gcc|cc1): (?:command )?not found/,
    cause: (_, context) => needsToBuild('a C compiler', 'gcc python3-dev', context),
  },
  {
    sign: /^[^\n]*Permission denied[^\n]*$/m,
    cause: ([line = ''], { host, deployUser }) => ({
      message: `${deployUser} of ${host} may not do this: ${line.trim().slice(0, 200)}.`,
      advice: 'Look at the owner and the mode of that path, and at its mount (noexec) in /proc/mounts.',
    }),
  },
  {
    sign: /No matching distribution found for (\S+)|there is no version of (\S+?) and|Because (?:only )?(\S+)(?: was not found| is not available)|only the following versions of (\S+) are available/,
    cause: ([, a, b, c, d], { host }) => ({
      message: `${a ?? b ?? c ?? d} is not in the index that ${host} uses.`,
      advice: `Correct its name or version, or name the index that has it, for ${host}: in /etc/pip.conf and /etc/uv/uv.toml.`,
    }),
  },
];

/** The first cause of which the output has a sign; null: none is known. */
export function causeOf(output: string, context: InstallContext): InstallCause | null {
  for (const { sign, cause } of ROWS) {
    const found = sign.exec(output);
    if (found !== null) return cause(found, context);
  }
  return null;
}

/** The line that says why: pip begins it with ERROR, uv with error and then cause; other lines may follow. */
export function complaint(output: string): string {
  const why = output.split('\n').filter((line) => /^\s*(error|cause):/i.test(line));
  return lastLine(why.length > 0 ? why.join('\n') : output);
}

function needsLogin(index: string, { service, host, deployUser }: InstallContext): InstallCause {
  return {
    message: `${index} wants a login.`,
    advice: `Put it into ~${deployUser}/.netrc on ${host}, or as NAME=value lines into /etc/landfall/${service}.install.env there (root, mode 600). The environment files of the service are not read.`,
  };
}

function needsToBuild(what: string, packages: string, { host }: InstallContext): InstallCause {
  return {
    message: `a package is built from source on ${host}, and that needs ${what}.`,
    advice: `Install it there (apt install ${packages}), or pin a version with a wheel for this Python.`,
  };
}

/** The host of a URL, without a login. */
function addressOf(url: string): string {
  return (
    /^[a-z+]+:\/\/(?:[^/@\s]*@)?([^/\s'"?)]+)/.exec(url)?.[1] ?? (url === '' ? 'the package index' : url)
  );
}

function lastAddress(output: string): string | null {
  const urls = output.match(/\b(?:https?|ssh|git\+ssh):\/\/[^\s'")]+/g) ?? [];
  const host = /host='([^']+)'/.exec(output)?.[1];
  const last = urls.at(-1);
  return host ?? (last === undefined ? null : addressOf(last));
}
