/** The command line of a server: for the unit of a release, and for its rehearsal. Pure. */
import type { Server } from '../config/resolved';

/** `handed`: systemd hands the socket over, as descriptor 3. `itself`: the server listens on the address. */
export type Listens = 'handed' | 'itself';

/**
 * The words after the interpreter. Whoever starts the command fills in the address and the folder of the gate. The
 * words `{bind}`, `{host}`, `{port}` and `{socket}` stand for the address, `{gate}` before a path for the folder.
 * @param host whether the server listens on TCP; else on a unix socket
 */
export function serverCommand(
  server: Server,
  app: string,
  listens: Listens,
  on: 'tcp' | 'unix' = 'tcp',
): string[] {
  return server.name === 'gunicorn' ? gunicorn(server, app, listens) : wrapped(server, listens, on);
}

function gunicorn(server: Server, app: string, listens: Listens): string[] {
  const { workerClass, workers, threads, timeout, gracefulTimeout, preload } = server;
  return [
    '-m',
    'gunicorn',
    // The gate's own configuration reads that of the project.
    '--config',
    '{gate}/conf.py',
    ...(listens === 'handed' ? [] : ['--bind', '{bind}']),
    ...option('--workers', workers),
    ...option('--worker-class', workerClass),
    ...option('--threads', threads),
    ...option('--timeout', inSeconds(timeout)),
    ...option('--graceful-timeout', inSeconds(gracefulTimeout)),
    ...(preload ? ['--preload'] : []),
    ...server.options,
    app,
  ];
}

/** The app that these serve is the gate's own, around the app of the release (`LANDFALL_APP`). */
function wrapped(server: Server, listens: Listens, on: 'tcp' | 'unix'): string[] {
  const { name, workers, stop, options } = server;
  const own = OPTIONS[name === 'gunicorn' ? 'uvicorn' : name];
  return [
    '{gate}/serve.py',
    name,
    listens,
    ...own.listens[listens === 'handed' ? 'handed' : on],
    ...option('--workers', workers),
    ...own.more(server),
    own.stop,
    String(Math.min(Math.ceil(stop / 1_000), own.longestStop)),
    ...options,
    `landfall_gate.wrapped:${server.interface === 'wsgi' ? 'wsgi' : 'app'}`,
  ];
}

const OPTIONS = {
  uvicorn: {
    listens: {
      handed: ['--fd', '3'],
      tcp: ['--host', '{host}', '--port', '{port}'],
      unix: ['--uds', '{socket}'],
    },
    more: () => [],
    stop: '--timeout-graceful-shutdown',
    longestStop: 3_600,
  },
  hypercorn: {
    listens: { handed: ['--bind', 'fd://3'], tcp: ['--bind', '{bind}'], unix: ['--bind', '{bind}'] },
    more: () => [],
    stop: '--graceful-timeout',
    longestStop: 3_600,
  },
  granian: {
    listens: {
      // `serve.py` has it serve on descriptor 3.
      handed: [],
      tcp: ['--host', '{host}', '--port', '{port}'],
      unix: ['--uds', '{socket}'],
    },
    more: ({ interface: kind }: Server) => ['--interface', kind],
    stop: '--workers-kill-timeout',
    longestStop: 1_800,
  },
};

function option(name: string, value: string | number | null): string[] {
  return value === null ? [] : [name, String(value)];
}

/** Gunicorn counts in whole seconds, and landfall.yaml allows nothing else there. */
function inSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1_000;
}
