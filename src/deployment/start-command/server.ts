/** The server that a command starts: which app, and with which options. Pure. */
import { posix } from 'node:path';
import { lastCommand } from './words';

export type ServerName = 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian';

export interface ServerCommand {
  server: ServerName;
  /** `module:attribute`, with a call for a factory; null: the command names none. */
  app: string | null;
  /** The value of each known option, the last one of several. */
  options: Partial<Record<Option, string>>;
  preload: boolean;
  /** Every other option in its order; an empty value: it has none. */
  others: { option: string; value: string }[];
}

export type Option =
  | 'bind'
  | 'workers'
  | 'workerClass'
  | 'threads'
  | 'timeout'
  | 'gracefulTimeout'
  | 'configFile';

/** `decided`: by Landfall or systemd, with its value; `decided-flag`: without one. */
type Meaning = Option | 'host' | 'port' | 'preload' | 'factory' | 'decided' | 'decided-flag';

const BIND = { '-b': 'bind', '--bind': 'bind' } as const;
const WORKERS = { '-w': 'workers', '--workers': 'workers' } as const;
const PROCESS = {
  '-p': 'decided',
  '--pid': 'decided',
  '-u': 'decided',
  '--user': 'decided',
  '-g': 'decided',
  '--group': 'decided',
  '-D': 'decided-flag',
  '--daemon': 'decided-flag',
  '--reload': 'decided-flag',
} as const;
const ADDRESS = { '--host': 'host', '--port': 'port', '--uds': 'bind', '--fd': 'decided' } as const;

const OPTIONS: Record<ServerName, Record<string, Meaning>> = {
  gunicorn: {
    ...BIND,
    ...WORKERS,
    ...PROCESS,
    '-k': 'workerClass',
    '--worker-class': 'workerClass',
    '--threads': 'threads',
    '-t': 'timeout',
    '--timeout': 'timeout',
    '--graceful-timeout': 'gracefulTimeout',
    '-c': 'configFile',
    '--config': 'configFile',
    '--preload': 'preload',
    '-n': 'decided',
    '--name': 'decided',
  },
  uvicorn: {
    ...ADDRESS,
    ...WORKERS,
    '--timeout-graceful-shutdown': 'gracefulTimeout',
    '--factory': 'factory',
    '--reload': 'decided-flag',
  },
  hypercorn: { ...BIND, ...WORKERS, ...PROCESS, '--graceful-timeout': 'gracefulTimeout' },
  granian: {
    ...ADDRESS,
    ...WORKERS,
    '--workers-kill-timeout': 'gracefulTimeout',
    '--factory': 'factory',
    '--reload': 'decided-flag',
  },
};

/** Other options that take no value. */
const FLAG =
  /^--(?:proxy-headers|no-[\w-]+|capture-output|ws|reuse-port|enable-stdio-inheritance|access-log|respawn-failed-workers|use-colors|server-header|date-header)$/;
const APP = /^[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*(?:\([\w'"=, ]*\))?)?$/;

/** @returns null when no known server is among the words; programs in front of the server do not matter */
export function serverIn(words: string[]): ServerCommand | null {
  const inner = lastCommand(words);
  const at = inner.findIndex((word) => isServer(posix.basename(word)));
  const server = posix.basename(inner[at] ?? '');
  // `fastapi run` finds its app by itself.
  if (posix.basename(inner[0] ?? '') === 'fastapi')
    return { server: 'uvicorn', app: null, options: {}, preload: false, others: [] };
  return at < 0 || !isServer(server) ? null : read(server, inner.slice(at + 1));
}

function isServer(name: string): name is ServerName {
  return Object.hasOwn(OPTIONS, name);
}

function read(server: ServerName, words: string[]): ServerCommand {
  const known = OPTIONS[server];
  const found: ServerCommand = { server, app: null, options: {}, preload: false, others: [] };
  const address: { host?: string; port?: string } = {};
  let isFactory = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') || word === '-') {
      if (found.app === null && APP.test(word)) found.app = word;
      continue;
    }
    const [option, attached] = splitOption(word, known);
    const meaning = known[option];
    const takes = attached === undefined && takesNext(option, meaning, words, at, found.app !== null);
    const value = attached ?? (takes ? (words[at + 1] ?? '') : '');
    if (takes) at += 1;
    if (meaning === undefined) found.others.push({ option, value });
    else if (meaning === 'preload') found.preload = true;
    else if (meaning === 'factory') isFactory = true;
    else if (meaning === 'host' || meaning === 'port') address[meaning] = value;
    else if (meaning !== 'decided' && meaning !== 'decided-flag') found.options[meaning] = value;
  }
  const { host = '127.0.0.1', port = '8000' } = address;
  if (Object.keys(address).length > 0)
    found.options.bind ??= `${host.includes(':') ? `[${host}]` : host}:${port}`;
  found.app = wholeApp(server, found.app, isFactory);
  return found;
}

function takesNext(
  option: string,
  meaning: Meaning | undefined,
  words: string[],
  at: number,
  hasApp: boolean,
): boolean {
  const next = words[at + 1] ?? '';
  if (next === '' || meaning === 'preload' || meaning === 'factory' || meaning === 'decided-flag')
    return false;
  if (meaning !== undefined) return true;
  // The last word is the app, as behind a flag that is not known.
  const isApp = !hasApp && at + 2 === words.length && next.includes(':');
  return !FLAG.test(option) && !isApp && !/^-./.test(next);
}

/** Gunicorn alone has a name for the attribute of a module. */
function wholeApp(server: ServerName, app: string | null, isFactory: boolean): string | null {
  if (app === null) return null;
  if (!app.includes(':')) return server === 'gunicorn' ? `${app}:application` : null;
  return isFactory && !app.endsWith(')') ? `${app}()` : app;
}

/** `--bind=…` and `-w4` carry their value. */
function splitOption(word: string, known: Record<string, Meaning>): [string, string | undefined] {
  const at = word.indexOf('=');
  if (word.startsWith('--')) return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
  const short = word.slice(0, 2);
  return word.length > 2 && known[short] !== undefined
    ? [short, word.slice(2).replace(/^=/, '')]
    : [word, undefined];
}
