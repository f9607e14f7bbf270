import { isHostAddress, USUAL_PORT, USUAL_USER } from './address';
import type { Path } from './config-error';
import type { HostTarget, ServiceSettings } from './deploy-input';
import type { WrittenEnvironment } from './file';
import { problemOfSoak } from './history-limit';
import { inPlaceClashes } from './in-place-checks';
import { processClashes } from './process-checks';
import { serverClashes } from './server-checks';
import type { WrittenSettings } from './settings';
import { problemOfLength } from './settings-length';
import { inSeconds } from './units';

/** A problem of several keys together. `key` is in the environment, or at the top if the service wrote it. */
export interface Clash {
  key: Path;
  message: string;
}

/** An environment, complete, and what of it was written. */
export interface Resolved {
  service: string;
  settings: ServiceSettings;
  hosts: HostTarget[];
  merged: WrittenSettings;
  written: WrittenEnvironment;
}

/** Problems of an environment whose values are each allowed, but not together. */
export function* clashesOf(environment: Resolved): Generator<Clash> {
  yield* incompleteMaps(environment);
  yield* settingClashes(environment);
  yield* inPlaceClashes(environment.settings);
  yield* serverClashes(environment.merged);
  yield* processClashes(environment.merged, environment.hosts);
  yield* addressClashes(environment);
  yield* hostClashes(environment);
}

/** Maps without a key that neither the service nor the environment says. */
function* incompleteMaps({ merged: { migrate, soak } }: Resolved): Generator<Clash> {
  const without = (map: string, key: string, example: string): Clash => ({
    key: [map],
    message: `has no ${key}; write one such as ${key}: ${example}, or false`,
  });
  if (migrate && migrate.command === undefined)
    yield without('migrate', 'command', '[alembic, upgrade, head]');
  if (soak && soak.time === undefined) yield without('soak', 'time', '10m');
}

function* settingClashes({ settings, hosts }: Resolved): Generator<Clash> {
  const { readiness, gunicorn } = settings;
  if (readiness.requestTimeout >= readiness.timeout)
    yield {
      key: ['readiness', 'requestTimeout'],
      message: `found ${inSeconds(readiness.requestTimeout)} for one request; allowed: less than readiness.timeout, which is ${inSeconds(readiness.timeout)}`,
    };
  yield* checkClashes(readiness);
  const tooLong = problemOfLength(settings, hosts.length);
  if (tooLong !== null) yield { key: ['env'], message: tooLong };
  const soaksTooLong = problemOfSoak(settings, hosts.length);
  if (soaksTooLong !== null) yield { key: ['soak', 'time'], message: soaksTooLong };
  if (gunicorn.configFile !== null && settings.shared.includes(gunicorn.configFile))
    yield {
      key: ['gunicorn', 'configFile'],
      message: 'is also in shared; how Gunicorn starts must belong to the release',
    };
  const { requirements, dependencies } = settings;
  if (requirements !== null && dependencies.lock !== null)
    yield {
      key: ['dependencies', 'lock'],
      message: 'excludes requirements; write only the one that is to be installed',
    };
  for (const file of (requirements ?? []).filter((file) => settings.shared.includes(file)))
    yield {
      key: ['requirements'],
      message: `${file} is also in shared; what is installed must belong to the release`,
    };
}

function* checkClashes({ check, url, expect, release }: ServiceSettings['readiness']): Generator<Clash> {
  if (check === 'http') return;
  const clash = (message: string): Clash => ({ key: ['readiness', 'check'], message });
  if (url !== null)
    yield clash('excludes readiness.url, which is asked by HTTP or HTTPS as it says; write only one of them');
  if (check === 'https') return;
  if ((expect !== null && expect !== false) || release !== null)
    yield clash(
      `excludes readiness.${release === null ? 'expect' : 'release'}, which needs an answer by HTTP`,
    );
}

/** One for all hosts, because `bind` is mostly written once for all. */
function* addressClashes({ service, settings, hosts }: Resolved): Generator<Clash> {
  const { strategy } = settings;
  const wrong = strategy === 'overlap' ? wrongForSystemd : wrongForGunicorn;
  for (const { bind } of hosts) {
    const message = wrong(bind, service, settings.base);
    if (message === null) continue;
    yield { key: ['bind'], message: `with strategy ${strategy}, ${message}` };
    return;
  }
}

/** Root's systemd makes the socket, so only root may be able to write there. */
function wrongForSystemd(bind: HostTarget['bind'], service: string, base: string): string | null {
  if (!('socket' in bind))
    return bind.port < 1024 ? `port ${bind.port} belongs to the system; take one from 1024 on` : null;
  // The host judges other places: root has pinned addresses there.
  const theirs = [`/run/${service}.run/`, '/run/landfall', `${base}/`];
  return theirs.some((place) => bind.socket.startsWith(place))
    ? `systemd may not listen on ${bind.socket}; write \`bind: unix:/run/${service}.sock\``
    : null;
}

/** Gunicorn makes the socket as the service's user, which may not write directly in /run. */
function wrongForGunicorn(bind: HostTarget['bind'], service: string): string | null {
  return 'socket' in bind && /^\/run\/[^/]+$/.test(bind.socket)
    ? `only root can make ${bind.socket}; write \`bind: unix:/run/${service}.run/${service}.sock\``
    : null;
}

function* hostClashes({ settings, hosts, written }: Resolved): Generator<Clash> {
  const names = new Map<string, number>();
  const machines = new Map<string, number>();
  for (const [index, host] of hosts.entries()) {
    const clash = (message: string): Clash => ({ key: ['hosts', index], message });
    // A compromised service must not be able to change its own code.
    if ((host.user ?? USUAL_USER) === settings.user)
      yield clash(
        `logs in as ${settings.user}, the user that the service runs as; they must be different users`,
      );
    const sameName = firstWith(names, host.name, index);
    const sameMachine = firstWith(machines, `${host.address} ${host.port ?? USUAL_PORT}`, index);
    if (sameName !== null)
      yield clash(
        `the name ${host.name} is taken by hosts[${sameName}]; give each host a name: { name: …, address: ${host.address} }`,
      );
    else if (sameMachine !== null) yield clash(`is the same machine as hosts[${sameMachine}]; write it once`);
    const form = written.hosts[index];
    if (typeof form === 'object' && form.address === undefined && !isHostAddress(host.name))
      yield clash(`${host.name} is not an address; add address: with a DNS name or an IP address`);
  }
}

/** The index that had this before; null when none had. */
function firstWith(seen: Map<string, number>, value: string, index: number): number | null {
  const before = seen.get(value);
  if (before === undefined) seen.set(value, index);
  return before ?? null;
}
