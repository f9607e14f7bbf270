/** The command of a unit: which server serves which app, and how. Read, never run. Pure. */
import { posix } from 'node:path';

export type ServerName = 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian';

export interface ServerCommand {
  server: ServerName;
  /** null: the command names none; the project's own configuration may. */
  app: string | null;
  /** The value of each known option, the last one of several. */
  options: Partial<Record<Option, string>>;
  preload: boolean;
  /** Options that have no key of landfall.yaml, by name. */
  others: string[];
}

type Option =
  | 'bind'
  | 'workers'
  | 'workerClass'
  | 'threads'
  | 'timeout'
  | 'gracefulTimeout'
  | 'configFile'
  | 'chdir';

/** The names of each option; a `null` takes no value and means nothing for a release. */
const OPTIONS: Record<ServerName, Record<string, Option | 'preload' | 'value' | 'flag' | 'host' | 'port'>> = {
  gunicorn: {
    '-b': 'bind',
    '--bind': 'bind',
    '-w': 'workers',
    '--workers': 'workers',
    '-k': 'workerClass',
    '--worker-class': 'workerClass',
    '--threads': 'threads',
    '-t': 'timeout',
    '--timeout': 'timeout',
    '--graceful-timeout': 'gracefulTimeout',
    '-c': 'configFile',
    '--config': 'configFile',
    '--chdir': 'chdir',
    '--preload': 'preload',
    '--reload': 'flag',
    '--daemon': 'flag',
    '-D': 'flag',
    '--capture-output': 'flag',
    '-n': 'value',
    '--name': 'value',
    '-p': 'value',
    '--pid': 'value',
    '--error-logfile': 'value',
    '--log-file': 'value',
  },
  uvicorn: {
    '--host': 'host',
    '--port': 'port',
    '--uds': 'bind',
    '--workers': 'workers',
    '--app-dir': 'chdir',
    '--reload': 'flag',
    '--factory': 'flag',
    '--proxy-headers': 'flag',
    '--no-access-log': 'flag',
  },
  hypercorn: {
    '-b': 'bind',
    '--bind': 'bind',
    '-w': 'workers',
    '--workers': 'workers',
    '-c': 'configFile',
    '--reload': 'flag',
  },
  granian: {
    '--host': 'host',
    '--port': 'port',
    '--uds': 'bind',
    '--workers': 'workers',
    '--reload': 'flag',
  },
};

/** `python -m gunicorn`, `poetry run gunicorn`, `env A=b gunicorn`: words before the server. */
const SERVERS = /^(?:gunicorn|uvicorn|hypercorn|granian)$/;

/** @returns null when no known server is among the words */
export function serverIn(words: string[]): ServerCommand | null {
  const inner = unwrapped(words);
  const at = inner.findIndex((word) => SERVERS.test(posix.basename(word)));
  const name = posix.basename(inner[at] ?? '') as ServerName;
  if (at < 0) return null;
  const known = OPTIONS[name];
  const found: ServerCommand = { server: name, app: null, options: {}, preload: false, others: [] };
  let host: string | null = null;
  let port: string | null = null;
  const rest = inner.slice(at + 1);
  for (let nth = 0; nth < rest.length; nth++) {
    const word = rest[nth] ?? '';
    if (!word.startsWith('-') || word === '-') {
      found.app ??= word;
      continue;
    }
    const [option = '', attached] = splitOption(word, known);
    const kind = known[option];
    if (kind === 'preload') found.preload = true;
    if (kind === 'preload' || kind === 'flag') continue;
    const next = rest[nth + 1];
    const value = attached ?? (next !== undefined && (kind !== undefined || !/^-./.test(next)) ? next : null);
    if (attached === undefined && value !== null) nth++;
    if (kind === undefined) found.others.push(option);
    else if (kind === 'host') host = value;
    else if (kind === 'port') port = value;
    else if (kind !== 'value' && value !== null) found.options[kind] = value;
  }
  if (host !== null || port !== null)
    found.options.bind ??= `${host?.includes(':') ? `[${host}]` : (host ?? '127.0.0.1')}:${port ?? '8000'}`;
  if (found.app !== null && !/^[\w.]+(?::[\w.]+(?:\(.*\))?)?$/.test(found.app)) found.app = null;
  return found;
}

/** `--bind=…` and `-w4` carry their value. */
function splitOption(word: string, known: Record<string, string>): [string, string | undefined] {
  if (word.startsWith('--')) {
    const at = word.indexOf('=');
    return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
  }
  const short = word.slice(0, 2);
  return word.length > 2 && known[short] !== undefined
    ? [short, word.slice(2).replace(/^=/, '')]
    : [word, undefined];
}

/** The words of the command in `sh -c "cd /srv/shop && exec gunicorn …"`; else the words themselves. */
export function unwrapped(words: string[]): string[] {
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  const shell = /^(?:ba|da|z)?sh$/.test(posix.basename(words[at < 0 ? 0 : at - 1] ?? words[0] ?? ''));
  const script = words[at + 1];
  if (at < 0 || !shell || script === undefined) return words;
  const last = script.split(/&&|;|\|\||\n/).at(-1) ?? '';
  return [...last.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, one, two, three]) => one ?? two ?? three ?? '',
  );
}

/** A command as a release runs it: its programs come from the release's environment. */
export function asInRelease(words: string[]): string[] {
  const inner = unwrapped(words);
  const begin = inner.slice(
    inner.findIndex((word) => !/^(?:exec|(?:\/usr\/bin\/)?env|[A-Za-z_]\w*=.*)$/.test(word)),
  );
  const runner =
    /^(?:poetry|uv|pipenv|pdm|hatch)$/.test(posix.basename(begin[0] ?? '')) && begin[1] === 'run';
  const [program = '', ...rest] = runner ? begin.slice(2) : begin;
  return [program.includes('/bin/') ? posix.basename(program) : program, ...rest];
}
