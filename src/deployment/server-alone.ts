/** Chooses a server other than Gunicorn, which then runs without it. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Server } from '../config/resolved';
import type { Refusal } from './project/facts';
import { STANDARD } from './server';

export type Kind = 'asgi' | 'wsgi';
export type Alone = Exclude<Server['name'], 'gunicorn'>;

/** In the order of preference. */
const SERVERS: readonly Alone[] = ['uvicorn', 'hypercorn', 'granian'];
const SERVES: Record<Alone, readonly Kind[]> = {
  uvicorn: ['asgi'],
  hypercorn: ['asgi'],
  granian: ['asgi', 'wsgi'],
};
/** The first Granian that can take a socket which it has not opened, as major and minor. */
const FIRST_GRANIAN = [2, 5] as const;
const WSGI_FRAMEWORKS = ['flask', 'django', 'falcon', 'bottle', 'pyramid'];
const ASGI_FRAMEWORKS = ['fastapi', 'starlette', 'litestar', 'quart'];

/**
 * Settings of `gunicorn:` that the server has too are passed on.
 * @param kind of the app; null: unknown
 * @param packages versions by name
 */
export function serverAlone(
  { gunicorn, server }: ServiceSettings,
  packages: Map<string, string>,
  kind: Kind | null,
): { server: Server; words: string } | { refused: Refusal } {
  const chosen = server?.name;
  const installed = SERVERS.filter((name) => packages.has(name) && (server === null || name === chosen));
  const likely = kind ?? likelyKind(packages);
  const name = installed.find((each) => SERVES[each].includes(likely));
  const forGunicorn = gunicorn.workerClass !== null || gunicorn.configFile !== null;
  if (name === undefined || forGunicorn)
    return { refused: nothingFits(installed, kind, forGunicorn, chosen === undefined) };
  const version = packages.get(name) ?? '';
  if (name === 'granian' && !isSinceGranian(version)) return { refused: oldGranian(version) };
  const workers = server?.workers ?? gunicorn.workers;
  const gracefulTimeout = server?.gracefulTimeout ?? gunicorn.gracefulTimeout;
  const options = server?.options ?? [];
  const why = chosen === undefined ? ', because gunicorn is not installed' : ' (landfall.yaml)';
  const more = options.length === 0 ? '' : ` with ${options.join(' ')}`;
  return {
    server: {
      name,
      interface: likely,
      workerClass: null,
      standardClass: null,
      workers,
      threads: null,
      timeout: null,
      gracefulTimeout,
      stop: gracefulTimeout ?? STANDARD.gracefulTimeout,
      preload: null,
      configFile: null,
      options,
      gated: true,
      from: {},
    },
    words: `${name} ${version}${more}${why}`,
  };
}

function likelyKind(packages: Map<string, string>): Kind {
  const has = (names: string[]) => names.some((name) => packages.has(name));
  return has(WSGI_FRAMEWORKS) && !has(ASGI_FRAMEWORKS) ? 'wsgi' : 'asgi';
}

/** @param isFree whether landfall.yaml names no server */
function nothingFits(installed: string[], kind: Kind | null, forGunicorn: boolean, isFree: boolean): Refusal {
  const serves = `${installed.join(' and ')} ${installed.length === 1 ? 'does' : 'do'} not serve ${(kind ?? 'wsgi').toUpperCase()}`;
  const others = kind === 'wsgi' ? 'or granian' : 'or uvicorn, hypercorn or granian';
  if (!isFree)
    return {
      message: `server is ${installed.join('')}, and ${serves}.`,
      advice: `Write server: gunicorn ${others}, and add it to the dependencies.`,
    };
  if (forGunicorn)
    return {
      message: 'gunicorn is not installed, and landfall.yaml has settings of it.',
      advice: 'Add gunicorn to the dependencies, or remove gunicorn.workerClass and gunicorn.configFile.',
    };
  return {
    message: `gunicorn is not installed, and ${installed.length === 0 ? 'the release has no other server' : serves}.`,
    advice: `Add gunicorn to the dependencies, ${others}, and deploy again.`,
  };
}

function oldGranian(version: string): Refusal {
  const first = FIRST_GRANIAN.join('.');
  return {
    message: `granian ${version} cannot take the socket that releases share.`,
    advice: `Raise granian to ${first} or newer in the dependencies, and deploy again.`,
  };
}

function isSinceGranian(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FIRST_GRANIAN[0] || (major === FIRST_GRANIAN[0] && minor >= FIRST_GRANIAN[1]);
}
