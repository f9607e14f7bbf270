/**
 * The systemd unit of a release: a typed model and its text. Pure, so that a test shows
 * exactly what reaches a host.
 */
import type { ServiceSettings } from '../config/deploy-input';
import type { Address } from './protocol';

/** Where one release lives on a host. */
export interface ReleasePlace {
  base: string;
  release: string;
}

/** `/srv/shop/releases/3-1a2b3c4`: working directory of everything that runs for this release. */
export function releaseDirectory(place: ReleasePlace): string {
  return `${place.base}/releases/${place.release}`;
}

/** Gunicorn's spelling of an address: `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/shop/shop.sock`. */
export function bindArgument(address: Address): string {
  if ('socket' in address) return `unix:${address.socket}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Arguments of Gunicorn for this service, ready for a unit, a job or a log line; the app comes last. */
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
    '--timeout',
    String(gunicorn.timeoutSeconds),
    '--graceful-timeout',
    String(gunicorn.gracefulTimeoutSeconds),
    ...(gunicorn.preload ? ['--preload'] : []),
    settings.app,
  ];
}

/**
 * The unit text for a release. `LANDFALL_RELEASE` in its environment is how the host later
 * tells which release a running process was started from.
 */
export function unitText(
  service: string,
  settings: ServiceSettings,
  release: string,
  commit: string,
  bind: Address,
): string {
  const directory = releaseDirectory({ base: settings.base, release });
  const environment = {
    // Gunicorn 25.1 and later puts its control socket there; below HOME two starts would share it.
    XDG_RUNTIME_DIR: `/run/${service}`,
    // What the app prints last before it dies is in the journal too.
    PYTHONUNBUFFERED: '1',
    ...settings.env,
    PATH: `${directory}/.venv/bin:/usr/local/bin:/usr/bin:/bin`,
    LANDFALL_RELEASE: release,
    LANDFALL_COMMIT: commit,
  };
  const command = [
    `${directory}/.venv/bin/python`,
    '-m',
    'gunicorn',
    ...gunicornArguments(settings, bindArgument(bind), settings.gunicorn.workers),
  ];
  return `${[
    '# Written by Landfall for this release; changes made here are lost with the next deploy.',
    '# Your own settings belong in a drop-in: systemctl edit.',
    '[Unit]',
    `Description=${service}, release ${release}`,
    'After=network-online.target',
    'Wants=network-online.target',
    '',
    '[Service]',
    // Gunicorn itself tells systemd that it runs; whether it can serve is asked separately.
    'Type=notify',
    'NotifyAccess=main',
    `User=${settings.user}`,
    `Group=${settings.user}`,
    `WorkingDirectory=${directory}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoteForUnit(`${name}=${value}`)}`),
    ...settings.envFiles.map((file) => `EnvironmentFile=${file}`),
    // Owned by the service's user and empty at every start; a unix socket of the service belongs there.
    `RuntimeDirectory=${service}`,
    'RuntimeDirectoryMode=0755',
    `ExecStart=${command.map(quoteForCommand).join(' ')}`,
    'KillMode=mixed',
    // Gunicorn cuts what is still running after its graceful timeout; systemd only steps in after that.
    `TimeoutStopSec=${settings.gunicorn.gracefulTimeoutSeconds + 10}`,
    `TimeoutStartSec=${Math.ceil(settings.readiness.timeoutSeconds) + 30}`,
    'Restart=always',
    'RestartSec=1',
    'NoNewPrivileges=yes',
    'PrivateTmp=yes',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')}\n`;
}

/** Characters that need no quotes in a unit file. */
const PLAIN = /^[A-Za-z0-9_@+=:,./-]+$/;

/** One value of `Environment=`, as systemd.syntax(7) reads it; `%` would begin a specifier there. */
export function quoteForUnit(word: string): string {
  if (PLAIN.test(word)) return word;
  const escaped = word.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/%/g, '%%');
  return `"${escaped.replace(/\p{Cc}/gu, asEscape)}"`;
}

/** A line feed above all, which would begin a directive of its own. */
function asEscape(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One word of `ExecStart=`, where also `$` begins a variable: systemd.service(5). */
export function quoteForCommand(word: string): string {
  return quoteForUnit(word).replace(/\$/g, '$$$$');
}
