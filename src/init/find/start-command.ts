/** The commands with which a project is started today: Procfile, Dockerfile, a unit that is committed. Pure. */
import { problemOfOption } from '../../config/server-checks';
import { joined, shownPath } from '../../deployment/project/commit-files';
import type { Project } from '../../deployment/project/project';

/** A command of a project, in words. */
export interface KnownCommand {
  /** `web`, `worker`, `release` of a Procfile; else `web`. */
  name: string;
  words: string[];
  /** As written. */
  text: string;
  /** For people: `Procfile`. */
  from: string;
}

/** A server's command line, as far as landfall.yaml has keys for it. */
export interface StartCommand {
  from: string;
  server: 'gunicorn' | 'uvicorn' | 'hypercorn' | 'granian';
  app: string | null;
  /** By key: `['gunicorn', 'workers']`. */
  keys: { path: string[]; value: unknown }[];
  /** Words for `server: { options: … }`. */
  options: string[];
  /** Options that landfall.yaml does not take, each with the reason. */
  dropped: string[];
}

const MOST_CHARACTERS = 2_000;

/** Files besides the Procfile, the likeliest first. */
const UNIT = /^(?:[\w.-]+\/){0,2}[\w@.-]+\.service$/;

export function knownCommands(project: Project): KnownCommand[] {
  const { folder } = project;
  const procfile = linesOf(project, 'Procfile').flatMap((line) => {
    const [, name = '', text = ''] = /^([A-Za-z0-9_-]{1,40}):\s*(\S.*)$/.exec(line) ?? [];
    return name === '' ? [] : [command(name, text, 'Procfile')];
  });
  const docker = linesOf(project, 'Dockerfile').flatMap((line) => {
    const text = /^\s*CMD\s+(\S.*)$/i.exec(line)?.[1];
    return text === undefined ? [] : [command('web', fromJson(text), 'Dockerfile')];
  });
  const units = project.entries
    .map(({ path }) => path)
    .filter(
      (path) =>
        (folder === '' || path.startsWith(`${folder}/`)) &&
        UNIT.test(path.slice(folder === '' ? 0 : folder.length + 1)),
    )
    .slice(0, 10)
    .flatMap((path) => {
      const text = /^\s*ExecStart\s*=\s*[-@:+!]*(\S.*)$/m.exec(project.text(path) ?? '')?.[1];
      return text === undefined ? [] : [command('web', text, shownPath(path))];
    });
  return [...procfile, ...units, ...docker.slice(-1)].filter(({ words }) => words.length > 0);
}

function linesOf(project: Project, name: string): string[] {
  const text = project.text(joined(project.folder, name)) ?? '';
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .filter((line) => line.length <= MOST_CHARACTERS);
}

function command(name: string, text: string, from: string): KnownCommand {
  return { name, text: text.trim(), words: wordsOf(text), from };
}

/** `["gunicorn", "main:app"]` of a Dockerfile as a text. */
function fromJson(text: string): string {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words)
      ? words.map((word) => (/[\s"']/.test(String(word)) ? `'${word}'` : word)).join(' ')
      : text;
  } catch {
    return text;
  }
}

/**
 * The words of a command, without the ways to call it: `exec`, `poetry run`, a path, `sh -c`, variables in front.
 * Empty for a command that needs a shell.
 */
export function wordsOf(text: string): string[] {
  const words = split(text);
  if (words === null) return [];
  for (;;) {
    const [first = '', second = '', third] = words;
    const base = first.slice(first.lastIndexOf('/') + 1);
    if (/^[A-Z_]\w*=/i.test(first) || /^(?:exec|env|nohup)$/.test(base)) words.shift();
    else if (/^(?:poetry|uv|pipenv|pdm|hatch|rye)$/.test(base) && second === 'run') words.splice(0, 2);
    else if (
      /^python[\d.]*$/.test(base) &&
      second === '-m' &&
      /^(?:gunicorn|uvicorn|hypercorn|granian|celery|rq|arq)$/.test(third ?? '')
    )
      words.splice(0, 2);
    else if (/^(?:sh|bash|dash)$/.test(base) && /^-\w*c$/.test(second)) return wordsOf(third ?? '');
    else if (first.includes('/') && base !== '' && words.length > 0) words[0] = base;
    else return words;
  }
}

/** As a shell would split it; null: only a shell can run it. */
function split(text: string): string[] | null {
  const words: string[] = [];
  for (const [, single, double, plain = ''] of text
    .trim()
    .matchAll(/(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"\\]|\\.)+))/g)) {
    if (plain !== '' && /[;&|<>`]|\$\(/.test(plain)) return null;
    words.push(single ?? double?.replace(/\\(.)/g, '$1') ?? plain.replace(/\\(.)/g, '$1'));
  }
  return words;
}

/** Keys by option; a number of seconds becomes a duration. */
const GUNICORN: Record<string, { key: string; as: 'number' | 'seconds' | 'text' }> = {
  '-w': { key: 'workers', as: 'number' },
  '--workers': { key: 'workers', as: 'number' },
  '-k': { key: 'workerClass', as: 'text' },
  '--worker-class': { key: 'workerClass', as: 'text' },
  '--threads': { key: 'threads', as: 'number' },
  '-t': { key: 'timeout', as: 'seconds' },
  '--timeout': { key: 'timeout', as: 'seconds' },
  '--graceful-timeout': { key: 'gracefulTimeout', as: 'seconds' },
  '-c': { key: 'configFile', as: 'text' },
  '--config': { key: 'configFile', as: 'text' },
};
const WORKERS = new Set(['--workers', '-w']);
const STOP = new Set(['--timeout-graceful-shutdown', '--graceful-timeout']);
/** Landfall, systemd or the app's place decide these. */
const WITHOUT_VALUE =
  /^--(?:reload|daemon|preload|proxy-headers|no-[\w-]+|factory|capture-output|ws)$|^-[D]$/;

/** null: the command starts no server that Landfall knows. */
export function startCommand({ words, from }: KnownCommand): StartCommand | null {
  const [program = '', ...rest] = words;
  if (program === 'fastapi')
    return { from, server: 'uvicorn', app: null, keys: [], options: [], dropped: [] };
  if (!isServer(program)) return null;
  const found: StartCommand = { from, server: program, app: null, keys: [], options: [], dropped: [] };
  let isFactory = false;
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    const [, option = word, attached] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? [];
    if (!option.startsWith('-')) {
      if (found.app === null && /^[A-Za-z_][\w.]*(?::[A-Za-z_]\w*(?:\([\w'"=, ]*\))?)?$/.test(option))
        found.app = option;
      continue;
    }
    if (option === '--factory') isFactory = true;
    const next = rest[at + 1] ?? '';
    const mayTake = attached === undefined && !WITHOUT_VALUE.test(option) && next !== '' && !/^-./.test(next);
    // The last word is the app, as behind a flag that is not known.
    const isApp =
      found.app === null && at + 2 === rest.length && next.includes(':') && GUNICORN[option] === undefined;
    const takesValue = mayTake && !isApp;
    if (takesValue) at += 1;
    const value = attached ?? (takesValue ? next : '');
    if (!take(found, option, value)) keep(found, option, value);
  }
  if (found.app !== null && !found.app.includes(':'))
    found.app = program === 'gunicorn' ? `${found.app}:application` : null;
  if (isFactory && found.app !== null && !found.app.endsWith(')')) found.app = `${found.app}()`;
  return found;
}

function isServer(program: string): program is StartCommand['server'] {
  return /^(?:gunicorn|uvicorn|hypercorn|granian)$/.test(program);
}

/** As a word of the server's command line, if it means the same in every place. */
function keep(found: StartCommand, option: string, value: string): void {
  const problem = problemOfOption(found.server, option, value);
  if (problem !== null) found.dropped.push(`${option} ${problem}`);
  else if (value.includes('$'))
    found.dropped.push(`${option} ${value} has a variable, which only a shell expands`);
  else found.options.push(option, ...(value === '' ? [] : [value]));
}

/** @returns whether a key of landfall.yaml says the same, or Landfall decides it by itself */
function take(found: StartCommand, option: string, value: string): boolean {
  if (
    /^(?:-b|--bind|--host|--port|--uds|--fd|-D|--daemon|--reload|-p|--pid|-u|--user|-g|--group|--factory)$/.test(
      option,
    )
  )
    return true;
  const isNumber = /^[1-9]\d{0,5}$/.test(value);
  if (found.server !== 'gunicorn') {
    if (!isNumber || !(WORKERS.has(option) || STOP.has(option))) return false;
    const [key, read] = WORKERS.has(option) ? ['workers', Number(value)] : ['gracefulTimeout', `${value}s`];
    found.keys.push({ path: ['server', key], value: read });
    return true;
  }
  const known = GUNICORN[option];
  if (known === undefined) return false;
  if (known.as !== 'text' && !isNumber) return false;
  if (known.key === 'configFile' && value.replace(/^\.\//, '') === 'gunicorn.conf.py') return true;
  const read =
    known.as === 'number' ? Number(value) : known.as === 'seconds' ? `${value}s` : value.replace(/^\.\//, '');
  found.keys.push({ path: ['gunicorn', known.key], value: read });
  return true;
}
