/** The request to a host about the unit of a release; the host renders its text. Pure. */
import type { ServiceSettings } from '../config/deploy-input';
import { LIMITS } from '../contract/contract';
import type { Address, ProcessValues } from '../contract/contract-types';
import { askedHeaders } from '../deployment/asked-headers';
import { serverOf } from '../deployment/server';
import { type Listens, serverCommand } from '../deployment/server-command';
import { processUnits } from './process-units';

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
export function stopLimitMs(settings: ServiceSettings): number {
  return serverOf(settings).stop + LIMITS.stopMarginSeconds * 1_000;
}

/** How the gate and the rehearsal judge the body of a readiness answer. */
export function expectation({
  expect,
}: ServiceSettings['readiness']): Pick<ProcessValues['readiness'], 'expect' | 'ignoresBody'> {
  if (expect === null) return {};
  return expect === false ? { ignoresBody: true } : { expect };
}

/** How the service is asked, where that is not by HTTP. */
export function kindOfCheck({
  check,
}: ServiceSettings['readiness']): Pick<ProcessValues['readiness'], 'check'> {
  if (check === 'http') return {};
  return { check: typeof check === 'string' ? check : 'command' };
}

/** How the process of a release with these settings is to run, for a service at that address. */
export function processValues(settings: ServiceSettings, listens: Listens, bind: Address): ProcessValues {
  const { app, env, readiness } = settings;
  const server = serverOf(settings);
  const { standardClass, configFile, preload } = server;
  return {
    app,
    env,
    server: {
      name: server.name,
      command: serverCommand(server, app, listens, kindOf(bind)),
      stopMilliseconds: server.stop,
      gate: { standardClass, configFile, preload },
    },
    readiness: {
      path: readiness.path,
      headers: askedHeaders(readiness, bind),
      ...expectation(readiness),
      ...kindOfCheck(readiness),
      successes: readiness.successes,
      timeoutMilliseconds: readiness.timeout,
      requestTimeoutMilliseconds: readiness.requestTimeout,
    },
    ...processUnits(settings.processes),
  };
}

export function kindOf(bind: Address): 'tcp' | 'unix' {
  return 'socket' in bind ? 'unix' : 'tcp';
}

/** The value of LANDFALL_GATE for a process that only reads the configuration of the server: there is no gate. */
export function gateAlone(settings: ServiceSettings, bind: Address) {
  const { readiness, server } = processValues(settings, 'itself', bind);
  const { gate, stopMilliseconds } = server;
  return { ...readiness, ...gate, stopMilliseconds, alone: true };
}
