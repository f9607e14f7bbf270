/** The server of a release: which one, and how it is started. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Server } from '../config/resolved';
import { isGated } from './gunicorn';

/** The server as the deploy has chosen it; for a release from before that choice, what its settings say. */
export function serverOf(settings: ServiceSettings): Server {
  return settings.resolved?.server ?? asWritten(settings);
}

function asWritten(settings: ServiceSettings): Server {
  const { workerClass, workers, timeout, gracefulTimeout, preload, configFile } = settings.gunicorn;
  return {
    name: 'gunicorn',
    interface: 'asgi',
    workerClass,
    workers,
    threads: null,
    timeout,
    stop: gracefulTimeout,
    preload,
    configFile,
    options: [],
    gated: isGated(settings),
    from: {},
  };
}
