/** Gunicorn's command line. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import type { Address } from '../contract/contract-types';

/** Gunicorn's spelling of an address: `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/shop.sock`. */
export function bindArgument(address: Address): string {
  if ('socket' in address) return `unix:${address.socket}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

const GATED = /^(uvicorn_worker\.|uvicorn\.workers\.)Uvicorn(H11)?Worker$|^(sync|gthread|asgi)$/;

/** Whether the gate certainly knows the worker class; otherwise a release is rehearsed first. */
export function isGated({ gunicorn }: ServiceSettings): boolean {
  return GATED.test(gunicorn.workerClass);
}

/** Arguments of Gunicorn for this service as a job runs it, as in the unit that the host renders; the app comes last. */
export function gunicornArguments(settings: ServiceSettings, bind: string, workers: number): string[] {
  const { gunicorn } = settings;
  return [
    ...(gunicorn.configFile === null ? [] : ['--config', gunicorn.configFile]),
    '--bind',
    bind,
    '--workers',
    String(workers),
    '--worker-class',
    gunicorn.workerClass,
    ...limitArguments(settings),
    settings.app,
  ];
}

/** The arguments that do not depend on the address. Gunicorn counts in whole seconds, and landfall.yaml allows nothing else there. */
export function limitArguments({ gunicorn }: ServiceSettings): string[] {
  return [
    '--timeout',
    String(gunicorn.timeout / 1_000),
    '--graceful-timeout',
    String(gunicorn.gracefulTimeout / 1_000),
    ...(gunicorn.preload ? ['--preload'] : []),
  ];
}
