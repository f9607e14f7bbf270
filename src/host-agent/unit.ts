/** The request to a host about the unit of a release; the host renders its text. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import { LIMITS } from '../contract/contract';
import type { ProcessValues } from '../contract/contract-types';

/** Where one release lives on a host. */
export interface ReleasePlace {
  base: string;
  release: string;
}

/** `/srv/shop/releases/3-1a2b3c4`: working directory of everything that runs for this release. */
export function releaseDirectory(place: ReleasePlace): string {
  return `${place.base}/releases/${place.release}`;
}

/** When systemd kills what has not stopped by itself (`TimeoutStopSec`). */
export function stopLimitMs({ gunicorn }: ServiceSettings): number {
  return gunicorn.gracefulTimeout + LIMITS.stopMarginSeconds * 1_000;
}

/** How the gate and the rehearsal judge the body of a readiness answer. */
export function expectation({
  expect,
}: ServiceSettings['readiness']): Pick<ProcessValues['readiness'], 'expect' | 'ignoresBody'> {
  if (expect === null) return {};
  return expect === false ? { ignoresBody: true } : { expect };
}

/** How the process of a release with these settings is to run. */
export function processValues({ app, env, gunicorn, readiness }: ServiceSettings): ProcessValues {
  return {
    app,
    env,
    gunicorn: {
      workers: gunicorn.workers,
      workerClass: gunicorn.workerClass,
      timeoutMilliseconds: gunicorn.timeout,
      gracefulTimeoutMilliseconds: gunicorn.gracefulTimeout,
      preload: gunicorn.preload,
      configFile: gunicorn.configFile,
    },
    readiness: {
      path: readiness.path,
      headers: readiness.headers,
      ...expectation(readiness),
      timeoutMilliseconds: readiness.timeout,
      requestTimeoutMilliseconds: readiness.requestTimeout,
    },
  };
}
