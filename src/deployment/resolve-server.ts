/** Chooses the server, its worker class and the app of a release from what the host has read in its files. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Server } from '../config/resolved';
import type { Examined } from '../contract/contract-types';
import { type OwnSettings, ownSettings } from './own-settings';
import type { ProjectFacts, Refusal } from './project/facts';
import { isGatedClass, STANDARD } from './server';
import { type Kind, serverAlone } from './server-alone';

/** The apps that the commit was found to have. */
export type FoundApps = Pick<ProjectFacts, 'apps' | 'entrypoint'>;

export interface Resolution {
  server: Server;
  app: string;
  /** For people: the choice and its reasons. */
  words: string[];
}

/** The app that landfall.yaml stands for where it names none. */
const STANDARD_APP = 'main:app';
const FIRST_ASGI_GUNICORN = 25;
const ENTRYPOINT = 'tool.fastapi.entrypoint of pyproject.toml';

export function resolveServer(
  settings: ServiceSettings,
  examined: Examined,
  facts: FoundApps = { apps: [], entrypoint: null },
): Resolution | { refused: Refusal } {
  const own = ownSettings(examined.conf, settings.env);
  const found = appOf(settings, examined, own, facts);
  if ('refused' in found) return found;
  const packages = versions(examined.packages);
  // A release is not refused for an environment that cannot be read.
  if (packages.size === 0) return { server: gunicorn(settings, own, null), ...found };
  const named = settings.server?.name ?? null;
  if (named !== null && !packages.has(named)) return { refused: notInstalled(named) };
  if (named === null ? !packages.has('gunicorn') : named !== 'gunicorn') {
    const alone = serverAlone(settings, packages, found.kind);
    return 'refused' in alone
      ? alone
      : { ...found, server: alone.server, words: [alone.words, ...found.words] };
  }
  const chosen = classOf(settings, examined.app, own, packages, found.kind);
  if ('refused' in chosen) return chosen;
  const server = gunicorn(settings, own, chosen);
  return {
    server,
    app: found.app,
    words: [...serverWords(server, chosen, packages), ...found.words, ...ownWords(settings, own)],
  };
}

interface FoundApp {
  app: string;
  kind: Kind | null;
  words: string[];
}

function appOf(
  settings: ServiceSettings,
  examined: Examined,
  own: OwnSettings,
  { apps, entrypoint }: FoundApps,
): FoundApp | { refused: Refusal } {
  const { app } = settings;
  const { kind, file, line, by } = examined.app;
  // The commit's facts name modules as seen from the service's folder.
  const known = 'chdir' in own.from ? [] : apps;
  const others = [...new Set([...known, ...examined.candidates])].filter((each) => each !== app);
  const [module = '', attribute = ''] = app.split(':');
  if (kind === 'asgi' || kind === 'wsgi') {
    const why = by === null ? '' : ` (${by}, ${file} line ${line})`;
    const other =
      app === STANDARD_APP && entrypoint !== null && entrypoint !== app
        ? [`${ENTRYPOINT} names ${entrypoint}; write app: ${entrypoint} to serve it`]
        : [];
    return { app, kind, words: [`${app} is ${kind.toUpperCase()}${why}`, ...other] };
  }
  if (kind === 'unknown') return { app, kind: null, words: [] };
  if (kind === 'factory') {
    const message = `${app} is a function that makes the app (${file} line ${line}).`;
    return { refused: { message, advice: `Write app: ${app}().` } };
  }
  const theirs = own.values.wsgi_app ?? entrypoint ?? undefined;
  const only = theirs ?? (others.length === 1 ? others[0] : undefined);
  if (app === STANDARD_APP && only !== undefined && /^[\w.]+:\w+$/.test(only)) {
    const from = only === theirs ? (own.from.wsgi_app ?? ENTRYPOINT) : 'the only app of the release';
    return { app: only, kind: null, words: [`the app is ${only} (${from})`] };
  }
  const message =
    kind === 'no-module'
      ? `The release has no module ${module}.`
      : `${file} has no ${attribute.replace(/\(.*/, '')}.`;
  const line2 =
    others.length === 0 ? 'Write app: module:attribute, as the project has it.' : `Write app: ${others[0]}.`;
  const more = others.length > 1 ? ` The release also has ${others.slice(1, 5).join(', ')}.` : '';
  return { refused: { message, advice: `${line2}${more}` } };
}

function notInstalled(name: Server['name']): Refusal {
  return {
    message: `server is ${name}, and ${name} is not installed.`,
    advice: `Add ${name} to the dependencies, or remove server: from landfall.yaml.`,
  };
}

interface ChosenClass {
  name: string | null;
  interface: Kind;
  from: 'landfall.yaml' | 'default' | string;
}

function classOf(
  { gunicorn: written }: ServiceSettings,
  app: Examined['app'],
  own: OwnSettings,
  packages: Map<string, string>,
  kind: Kind | null,
): ChosenClass | { refused: Refusal } {
  const likely =
    kind ?? (['uvicorn', 'fastapi', 'starlette'].some((name) => packages.has(name)) ? 'asgi' : 'wsgi');
  const fitting = fittingClass(likely, packages, written.threads);
  if (written.workerClass === null && own.computed.includes('worker_class'))
    return { name: null, interface: likely, from: own.from.worker_class ?? '' };
  const theirs = own.values.worker_class;
  const name = written.workerClass ?? theirs ?? null;
  if (name === null) {
    if (fitting !== null) return { name: fitting, interface: likely, from: 'default' };
    const message = 'The app is ASGI, and no worker class of Gunicorn for ASGI is installed.';
    return { refused: { message, advice: 'Add uvicorn-worker to the dependencies, and deploy again.' } };
  }
  const from = written.workerClass === null ? (own.from.worker_class ?? '') : 'landfall.yaml';
  const key = from === 'landfall.yaml' ? 'gunicorn.workerClass' : `worker_class of ${from}`;
  const lacks = lacking(name, packages);
  const line = fitting === null ? '' : `, or write gunicorn: { workerClass: ${fitting} }`;
  if (lacks !== null) {
    const message = `${key} is ${name}, and ${lacks} is not installed.`;
    return { refused: { message, advice: `Add ${lacks} to the dependencies${line}.` } };
  }
  const serves = interfaceOf(name);
  if (serves !== null && kind !== null && serves !== kind) {
    const place = app.by === null ? '' : ` (${app.by}, ${app.file} line ${app.line})`;
    const message = `The app is ${kind.toUpperCase()}${place}, and the worker class ${name} serves ${serves.toUpperCase()}.`;
    const way =
      fitting === null
        ? 'Add uvicorn-worker to the dependencies'
        : `Write gunicorn: { workerClass: ${fitting} }`;
    return { refused: { message, advice: `${way}.` } };
  }
  return { name, interface: serves ?? likely, from };
}

/** Of the installed ones, the class that an app of this kind is best served by; null: none is installed. */
function fittingClass(kind: Kind, packages: Map<string, string>, threads: number | null): string | null {
  if (kind === 'wsgi') return threads !== null && threads > 1 ? 'gthread' : 'sync';
  if (packages.has('uvicorn-worker')) return STANDARD.workerClass;
  if (major(packages.get('gunicorn')) >= FIRST_ASGI_GUNICORN) return 'asgi';
  return packages.has('uvicorn') ? 'uvicorn.workers.UvicornWorker' : null;
}

function lacking(workerClass: string, packages: Map<string, string>): string | null {
  const needs = /^uvicorn_worker\./.test(workerClass)
    ? 'uvicorn-worker'
    : (/^(uvicorn|gevent|eventlet|tornado)\b/.exec(workerClass)?.[1] ?? null);
  if (workerClass === 'asgi' && major(packages.get('gunicorn')) < FIRST_ASGI_GUNICORN)
    return `gunicorn ${FIRST_ASGI_GUNICORN} or newer`;
  return needs === null || packages.has(needs) ? null : needs;
}

function interfaceOf(workerClass: string): Kind | null {
  if (/^(uvicorn|uvicorn_worker)\.|^asgi$/.test(workerClass)) return 'asgi';
  return /^(sync|gthread|gevent|eventlet)$/.test(workerClass) ? 'wsgi' : null;
}

function gunicorn(settings: ServiceSettings, own: OwnSettings, chosen: ChosenClass | null): Server {
  const { workerClass, workers, threads, timeout, gracefulTimeout, preload, configFile } = settings.gunicorn;
  const effective = chosen === null ? (workerClass ?? STANDARD.workerClass) : chosen.name;
  return {
    name: 'gunicorn',
    interface: chosen?.interface ?? 'asgi',
    workerClass,
    standardClass: effective ?? STANDARD.workerClass,
    workers,
    threads,
    timeout,
    gracefulTimeout,
    stop: gracefulTimeout ?? stopOf(own.values.graceful_timeout) ?? STANDARD.gracefulTimeout,
    preload,
    configFile,
    options: settings.server?.options ?? [],
    gated: effective !== null && isGatedClass(effective),
    from: {
      ...(chosen === null ? {} : { workerClass: chosen.from }),
      ...(preload === null && mayPreload(own) ? { preload: own.from.preload_app ?? '' } : {}),
    },
  };
}

/** Whether the project's own settings have Gunicorn's master import the app, as far as they are written out. */
function mayPreload({ values, computed }: OwnSettings): boolean {
  return computed.includes('preload_app') || !['False', 'None', '0', undefined].includes(values.preload_app);
}

/** Milliseconds of the project's own graceful timeout; null: none, or one that systemd would not wait for. */
function stopOf(written: string | undefined): number | null {
  return written !== undefined && /^[1-9]\d{0,3}$/.test(written) && Number(written) <= 3_600
    ? Number(written) * 1_000
    : null;
}

function serverWords(server: Server, chosen: ChosenClass, packages: Map<string, string>): string[] {
  const version = packages.get('gunicorn') ?? '';
  const name = chosen.name ?? 'the worker class';
  const from = chosen.from === 'default' ? '' : ` (${chosen.from})`;
  return [`${server.name} ${version} with ${name}${from}`];
}

const TOLD = [
  'workers',
  'threads',
  'timeout',
  'graceful_timeout',
  'max_requests',
  'keepalive',
  'preload_app',
];
/** See `landfall_gate/precedence.py`. */
const OVERRULED = ['bind', 'daemon', 'pidfile', 'reload', 'user', 'group'];

/** The project's own settings that decide, because landfall.yaml is silent. */
function ownWords({ gunicorn: written }: ServiceSettings, own: OwnSettings): string[] {
  const silent: Record<string, boolean> = {
    workers: written.workers === null,
    threads: written.threads === null,
    timeout: written.timeout === null,
    graceful_timeout: written.gracefulTimeout === null,
    preload_app: written.preload === null,
  };
  return [...new Set(Object.values(own.from))].flatMap((source) => {
    const isSet = (name: string) => own.from[name] === source;
    const decides = TOLD.filter((name) => isSet(name) && silent[name] !== false);
    const lost = OVERRULED.filter(isSet);
    return [
      ...(decides.length === 0 ? [] : [`${source} decides ${decides.join(', ')}`]),
      ...(lost.length === 0 ? [] : [`Landfall overrules ${lost.join(', ')} of ${source}`]),
    ];
  });
}

function versions(packages: string[]): Map<string, string> {
  return new Map(packages.map((each) => [each.split(' ')[0] ?? '', each.split(' ')[1] ?? '']));
}

function major(version = '0'): number {
  return Number.parseInt(version, 10) || 0;
}
