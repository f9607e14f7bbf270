import { isHostAddress } from './address';
import type { Path } from './config-error';
import type { HostTarget, ServiceSettings } from './deploy-input';
import type { WrittenEnvironment } from './file';
import type { WrittenSettings } from './settings';
import { problemOfLength } from './settings-length';
import { inSeconds } from './units';

/** A problem of several keys together; `key` is within the environment or, if not written there, at the top. */
export interface Clash {
  key: Path;
  message: string;
}

/** What is impossible in an environment although each value alone is allowed. */
export function clashesOf(
  service: string,
  settings: ServiceSettings,
  hosts: HostTarget[],
  { merged, environment }: { merged: WrittenSettings; environment: WrittenEnvironment },
): Clash[] {
  return [
    ...incomplete(merged),
    ...settingClashes(settings, hosts.length),
    ...addressClashes(service, settings, hosts),
    ...userClashes(settings, hosts),
    ...hostClashes(hosts, environment),
  ];
}

/** Maps that neither the service nor the environment has completed. */
function incomplete({ migrate, soak }: WrittenSettings): Clash[] {
  const lacks = (key: string, needed: string, example: string): Clash => ({
    key: [key],
    message: `has no ${needed}; write one such as ${needed}: ${example}, or false`,
  });
  return [
    ...(migrate && migrate.command === undefined
      ? [lacks('migrate', 'command', '[alembic, upgrade, head]')]
      : []),
    ...(soak && soak.time === undefined ? [lacks('soak', 'time', '10m')] : []),
  ];
}

function settingClashes(settings: ServiceSettings, hosts: number): Clash[] {
  const clashes: Clash[] = [];
  const { readiness, gunicorn } = settings;
  if (readiness.requestTimeout >= readiness.timeout) {
    clashes.push({
      key: ['readiness', 'requestTimeout'],
      message: `found ${inSeconds(readiness.requestTimeout)} for one request; allowed: less than readiness.timeout, which is ${inSeconds(readiness.timeout)}`,
    });
  }
  const tooLong = problemOfLength(settings, hosts);
  if (tooLong !== null) clashes.push({ key: ['env'], message: tooLong });
  if (gunicorn.configFile !== null && settings.shared.includes(gunicorn.configFile)) {
    clashes.push({
      key: ['gunicorn', 'configFile'],
      message: 'is also in shared; how Gunicorn starts must belong to the release',
    });
  }
  for (const file of settings.requirements.filter((one) => settings.shared.includes(one))) {
    clashes.push({
      key: ['requirements'],
      message: `${file} is also in shared; what is installed must belong to the release`,
    });
  }
  return clashes;
}

/** With `overlap` root's systemd makes the socket, so it must be where nobody else can put anything. */
function addressClashes(service: string, settings: ServiceSettings, hosts: HostTarget[]): Clash[] {
  const { strategy, base } = settings;
  const found = hosts.map(({ bind }) => {
    if (!('socket' in bind)) {
      const forSystem = strategy === 'overlap' && bind.port < 1024;
      return forSystem ? `port ${bind.port} belongs to the system; take one from 1024 on` : null;
    }
    const { socket } = bind;
    if (strategy === 'restart') {
      // Gunicorn makes it as the service's user, which may not write there.
      const inRun = /^\/run\/[^/]+$/.test(socket);
      return inRun
        ? `nobody but root can make ${socket}; write \`bind: unix:/run/${service}.run/${service}.sock\``
        : null;
    }
    // Any other place is judged by the host, which knows what root has pinned there.
    const theirs = [`/run/${service}/`, `/run/${service}.run/`, '/run/landfall', `${base}/`];
    return theirs.some((place) => socket.startsWith(place))
      ? `systemd may not listen on ${socket}; write \`bind: unix:/run/${service}.sock\``
      : null;
  });
  const message = found.find((one) => one !== null);
  return message === undefined || message === null
    ? []
    : [{ key: ['bind'], message: `with strategy ${strategy}, ${message}` }];
}

/** Who owns the code must not be who runs it: a broken-into service could then change its own release. */
function userClashes(settings: ServiceSettings, hosts: HostTarget[]): Clash[] {
  return hosts.flatMap(({ user }, index) =>
    user === settings.user
      ? [
          {
            key: ['hosts', index],
            message: `logs in as ${user}, the user that the service runs as; they must be two`,
          },
        ]
      : [],
  );
}

function hostClashes(hosts: HostTarget[], written: WrittenEnvironment): Clash[] {
  const clashes: Clash[] = [];
  hosts.forEach((host, index) => {
    const before = hosts.slice(0, index);
    const key: Path = ['hosts', index];
    const sameName = before.findIndex((other) => other.name === host.name);
    const sameMachine = before.findIndex(
      (other) => other.address === host.address && other.port === host.port,
    );
    if (sameName !== -1) {
      clashes.push({
        key,
        message: `the name ${host.name} is taken by hosts[${sameName}]; give each host a name: { name: …, address: ${host.address} }`,
      });
    } else if (sameMachine !== -1) {
      clashes.push({ key, message: `is the same machine as hosts[${sameMachine}]; write it once` });
    }
    const form = written.hosts[index];
    if (typeof form === 'object' && form.address === undefined && !isHostAddress(host.name)) {
      clashes.push({
        key,
        message: `${host.name} is no address; add address: with a DNS name or an IP address`,
      });
    }
  });
  return clashes;
}
