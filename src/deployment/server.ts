/** The server of a release: which one, and what is known of it. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Server } from '../config/resolved';

/** Of Gunicorn, where neither landfall.yaml nor the project says otherwise (`landfall_gate/precedence.py` has the rest). */
export const STANDARD = { workers: 2, gracefulTimeout: 30_000, workerClass: 'uvicorn_worker.UvicornWorker' };

const GATED = /^(uvicorn_worker\.|uvicorn\.workers\.)Uvicorn(H11)?Worker$|^(sync|gthread|asgi)$/;

/** Whether the gate certainly knows a worker class of Gunicorn. */
export function isGatedClass(workerClass: string): boolean {
  return GATED.test(workerClass);
}

/** The server as the deploy has chosen it; for a release from before that choice, what its settings say. */
export function serverOf(settings: ServiceSettings): Server {
  return settings.resolved?.server ?? asWritten(settings);
}

/** The worker class of Gunicorn as far as it is known; the project's own settings may name another. */
export function workerClassOf({ workerClass, standardClass }: Server): string {
  return workerClass ?? standardClass ?? STANDARD.workerClass;
}

/** As landfall.yaml says it. A release from before the choice was kept with a value for each of these. */
function asWritten({ gunicorn }: ServiceSettings): Server {
  const { workerClass, workers, threads, timeout, gracefulTimeout, preload, configFile } = gunicorn;
  return {
    name: 'gunicorn',
    interface: 'asgi',
    workerClass,
    standardClass: STANDARD.workerClass,
    workers,
    threads,
    timeout,
    gracefulTimeout,
    stop: gracefulTimeout ?? STANDARD.gracefulTimeout,
    preload,
    configFile,
    options: [],
    gated: isGatedClass(workerClass ?? STANDARD.workerClass),
    from: {},
  };
}
