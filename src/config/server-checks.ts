/** Problems of `server` and `gunicorn` together, and options that have another place. Pure. */
import type { Path } from './config-error';
import type { WrittenSettings } from './settings';

interface Clash {
  key: Path;
  message: string;
}

type Name = 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian';

/** Where to write what an option says. */
const PLACES = {
  address: 'is the address, which Landfall sets; write bind:',
  workers: (name: Name) => `has a key: ${keyOf(name, 'workers: 4')}`,
  stop: (name: Name) => `has a key: ${keyOf(name, 'gracefulTimeout: 60s')}`,
  reload: 'restarts workers when files change, and a release never changes; remove it',
  daemon: 'leads into the background, where systemd cannot watch the server; remove it',
  pid: 'writes a pid file, and systemd knows the process; remove it',
  user: 'is an account or a mask of permissions, which systemd and Landfall set; write user:',
  log: 'leads away from the journal, which is the evidence of a failed deploy; write - or remove it',
  factory: 'says that the app is a function; write app: with a call, such as app: main:create_app()',
  folder: 'is a folder of modules; write pythonPath: with a folder of the repository, such as [src]',
  env: 'is a file of variables; write envFiles: with a file of the host, or env:',
  interface: 'is chosen by the kind of the app; remove it',
  class: 'has a key: gunicorn: { workerClass: … }',
  threads: 'has a key: gunicorn: { threads: … }',
  timeout: 'has a key: gunicorn: { timeout: … }',
  preload: 'has a key: gunicorn: { preload: true }',
  config: 'has a key: gunicorn: { configFile: … }',
  metrics: 'opens an address of its own, which two releases would both need in a switchover; remove it',
} as const;

const OPTIONS: Record<Name, Record<string, keyof typeof PLACES>> = {
  gunicorn: {
    ...all('address', '--bind', '-b', '--reuse-port'),
    ...all('workers', '--workers', '-w'),
    ...all('stop', '--graceful-timeout'),
    ...all('reload', '--reload', '--reload-engine', '--reload-extra-file'),
    ...all('daemon', '--daemon', '-D'),
    ...all('pid', '--pid', '-p'),
    ...all('user', '--user', '-u', '--group', '-g', '--umask', '-m', '--initgroups'),
    ...all('log', '--error-logfile', '--log-file', '--access-logfile'),
    ...all('folder', '--chdir', '--pythonpath'),
    ...all('class', '--worker-class', '-k'),
    ...all('threads', '--threads'),
    ...all('timeout', '--timeout', '-t'),
    ...all('preload', '--preload'),
    ...all('config', '--config', '-c'),
  },
  uvicorn: {
    ...all('address', '--host', '--port', '--uds', '--fd'),
    ...all('workers', '--workers'),
    ...all('stop', '--timeout-graceful-shutdown'),
    ...all('reload', '--reload', '--reload-dir', '--reload-include', '--reload-exclude', '--reload-delay'),
    ...all('factory', '--factory'),
    ...all('folder', '--app-dir'),
    ...all('env', '--env-file'),
    ...all('interface', '--interface'),
  },
  hypercorn: {
    ...all('address', '--bind', '-b', '--insecure-bind', '--quic-bind'),
    ...all('workers', '--workers', '-w'),
    ...all('stop', '--graceful-timeout'),
    ...all('reload', '--reload'),
    ...all('daemon', '--daemon', '-D'),
    ...all('pid', '--pid', '-p'),
    ...all('user', '--user', '-u', '--group', '-g', '--umask', '-m'),
    ...all('log', '--access-log', '--access-logfile', '--error-log', '--error-logfile', '--log-file'),
  },
  granian: {
    ...all('address', '--host', '--port', '--uds', '--uds-permissions'),
    ...all('workers', '--workers'),
    ...all('stop', '--workers-kill-timeout'),
    ...all('reload', '--reload', '--reload-paths', '--reload-tick'),
    ...all('pid', '--pid-file'),
    ...all('factory', '--factory'),
    ...all('folder', '--working-dir'),
    ...all('env', '--env-files'),
    ...all('interface', '--interface'),
    ...all('metrics', '--metrics', '--metrics-port', '--metrics-address'),
  },
};

export function* serverClashes({ server: written, gunicorn }: WrittenSettings): Generator<Clash> {
  if (written === undefined) return;
  const server = typeof written === 'string' ? { name: written } : written;
  const { name } = server;
  const clash = (keys: Path, message: string): Clash => ({ key: ['server', ...keys], message });
  if (name === undefined) {
    yield clash([], 'has no name; write one such as name: uvicorn');
    return;
  }
  if (name === 'gunicorn') {
    for (const key of ['workers', 'gracefulTimeout'] as const)
      if (server[key] !== undefined)
        yield clash([key], `of Gunicorn stands elsewhere; write gunicorn: { ${key}: … }`);
  } else {
    const [first] = Object.keys(gunicorn ?? {});
    if (first !== undefined)
      yield {
        key: ['gunicorn', first],
        message: `is for Gunicorn, and server is ${name}; write it under server:, or remove it`,
      };
  }
  for (const [at, word] of (server.options ?? []).entries()) {
    const message = problemOfOption(name, word, server.options?.[at + 1], server.options?.[at - 1]);
    if (message !== null) yield clash(['options'], `${word} ${message}`);
  }
}

/** The fault of a word of the options, which stands between two others; null: it has none. */
export function problemOfOption(name: Name, word: string, next = '', before = ''): string | null {
  if (!word.startsWith('-')) {
    const isApp = /^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(.*\))?$/.test(word);
    return isApp && !before.startsWith('-') ? 'is the app; write app:' : null;
  }
  const [, option = word, value] = /^(--[^=]+|-[A-Za-z])=?(.*)$/s.exec(word) ?? [];
  const given = value === '' || value === undefined ? next : value;
  if (name === 'hypercorn' && /^(?:--worker-class|-k)$/.test(option) && given === 'trio')
    return 'trio has no gate; write asyncio or uvloop';
  const place = OPTIONS[name][option];
  if (place === undefined || (place === 'log' && given === '-')) return null;
  const words = PLACES[place];
  return typeof words === 'function' ? words(name) : words;
}

function all(place: keyof typeof PLACES, ...options: string[]): Record<string, keyof typeof PLACES> {
  return Object.fromEntries(options.map((option) => [option, place]));
}

function keyOf(name: Name, entry: string): string {
  return name === 'gunicorn' ? `gunicorn: { ${entry} }` : `server: { name: ${name}, ${entry} }`;
}
