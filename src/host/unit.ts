/**
 * The systemd unit of a release: a typed model and its text. Pure, so that a test shows
 * exactly what reaches a host.
 */
import type { ServiceSettings } from '../config/deploy-input';
import { bindArgument, gunicornArguments, limitArguments } from './gunicorn';
import type { Address } from './protocol';
import { quoteForCommand, quoteForUnit } from './unit-quoting';

/** Where one release lives on a host. */
export interface ReleasePlace {
  base: string;
  release: string;
}

/** `/srv/shop/releases/3-1a2b3c4`: working directory of everything that runs for this release. */
export function releaseDirectory(place: ReleasePlace): string {
  return `${place.base}/releases/${place.release}`;
}

/** When systemd kills what has not stopped by itself. */
export function stopLimitMs({ gunicorn }: ServiceSettings): number {
  return gunicorn.gracefulTimeoutMs + 10_000;
}

/**
 * The unit text for a release that runs alone. `LANDFALL_RELEASE` in its environment is how the
 * host later tells which release a running process was started from.
 */
export function unitText(
  service: string,
  settings: ServiceSettings,
  release: string,
  commit: string,
  bind: Address,
): string {
  const directory = releaseDirectory({ base: settings.base, release });
  const runtime = `landfall/services/${service}/${release}`;
  // Gunicorn makes its socket as the service's user, which nobody may do in /run itself.
  const sockets = 'socket' in bind && bind.socket.startsWith(`/run/${service}.run/`) ? ` ${service}.run` : '';
  return text([
    ...heading('systemctl edit'),
    ...unitSection(service, release, []),
    '',
    '[Service]',
    // Gunicorn itself tells systemd that it runs; whether it can serve is asked separately.
    'Type=notify',
    'NotifyAccess=main',
    ...whoAndWhere(settings, directory),
    ...environmentLines(settings, directory, runtime, release, commit, {}),
    ...settings.envFiles.map((file) => `EnvironmentFile=${file}`),
    ...runtimeDirectory(`${runtime}${sockets}`),
    execStart(directory, gunicornArguments(settings, bindArgument(bind), settings.gunicorn.workers)),
    ...lifeAndDeath(settings),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]);
}

/** What {@link instanceText} needs besides the settings. */
export interface Instance {
  service: string;
  release: string;
  commit: string;
  /** Gunicorn configuration of the gate on that host. */
  gate: string;
}

/**
 * The unit text for a release that runs beside others, on the socket that all of them share. Its
 * workers go through the gate: they listen, and tell systemd READY, when the app itself says that
 * it is ready. Nothing enables it: the service's own unit wants the one that is live.
 */
export function instanceText(settings: ServiceSettings, instance: Instance): string {
  const { service, release, commit, gate } = instance;
  const stem = settings.unit.replace(/\.service$/, '');
  const directory = releaseDirectory({ base: settings.base, release });
  const runtime = `landfall/services/${service}/${release}`;
  const { readiness, gunicorn } = settings;
  const gateSettings = {
    workerClass: gunicorn.workerClass,
    configFile: gunicorn.configFile,
    path: readiness.path,
    headers: readiness.headers,
    timeoutMilliseconds: readiness.timeoutMs,
    requestTimeoutMilliseconds: readiness.requestTimeoutMs,
  };
  return text([
    ...heading(`systemctl edit --force ${stem}@.service`),
    ...unitSection(service, release, [
      // `systemctl restart` and `stop` of the service reach the release that runs.
      `PartOf=${settings.unit}`,
      // Running into a start limit would close the socket that the live release listens on.
      'StartLimitIntervalSec=0',
    ]),
    '',
    '[Service]',
    'Type=notify',
    // READY comes from the workers, when they have proven themselves.
    'NotifyAccess=all',
    `Sockets=${stem}.socket`,
    // The flag is the socket's own: without this each start would make the live workers' accept block.
    'NonBlocking=yes',
    ...whoAndWhere(settings, directory),
    ...environmentLines(settings, directory, runtime, release, commit, {
      LANDFALL_GATE: JSON.stringify(gateSettings),
    }),
    ...settings.envFiles.map((file) => `EnvironmentFile=${file}`),
    // There while the release has not proven itself: the gate then refuses rather than serves badly.
    `EnvironmentFile=-/run/landfall/trials/${stem}@${release}`,
    ...runtimeDirectory(runtime),
    execStart(directory, [
      '--config',
      gate,
      '--workers',
      String(gunicorn.workers),
      ...limitArguments(settings),
      settings.app,
    ]),
    ...lifeAndDeath(settings),
  ]);
}

function text(lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

function heading(edit: string): string[] {
  return [
    '# Written by Landfall for this release; changes made here are lost with the next deploy.',
    `# Your own settings belong in a drop-in: ${edit}.`,
  ];
}

function unitSection(service: string, release: string, more: string[]): string[] {
  return [
    '[Unit]',
    `Description=${service}, release ${release}`,
    'After=network-online.target',
    'Wants=network-online.target',
    ...more,
  ];
}

function whoAndWhere(settings: ServiceSettings, directory: string): string[] {
  return [`User=${settings.user}`, `Group=${settings.user}`, `WorkingDirectory=${directory}`];
}

function environmentLines(
  settings: ServiceSettings,
  directory: string,
  runtime: string,
  release: string,
  commit: string,
  more: Record<string, string>,
): string[] {
  const environment = {
    // Gunicorn 25.1 and later puts its control socket there; below HOME two starts would share it.
    XDG_RUNTIME_DIR: `/run/${runtime}`,
    // What the app prints last before it dies is in the journal too.
    PYTHONUNBUFFERED: '1',
    ...settings.env,
    PATH: `${directory}/.venv/bin:/usr/local/bin:/usr/bin:/bin`,
    LANDFALL_RELEASE: release,
    LANDFALL_COMMIT: commit,
    ...more,
  };
  return Object.entries(environment).map(
    ([name, value]) => `Environment=${quoteForUnit(`${name}=${value}`)}`,
  );
}

/** Owned by the service's user and empty at every start; a unix socket that the app makes belongs there. */
function runtimeDirectory(runtime: string): string[] {
  return [`RuntimeDirectory=${runtime}`, 'RuntimeDirectoryMode=0755'];
}

function execStart(directory: string, gunicorn: string[]): string {
  const command = [`${directory}/.venv/bin/python`, '-m', 'gunicorn', ...gunicorn];
  return `ExecStart=${command.map(quoteForCommand).join(' ')}`;
}

function lifeAndDeath(settings: ServiceSettings): string[] {
  return [
    'KillMode=mixed',
    // Gunicorn cuts what is still running after its graceful timeout; systemd only steps in after that.
    `TimeoutStopSec=${stopLimitMs(settings) / 1_000}`,
    `TimeoutStartSec=${Math.ceil(settings.readiness.timeoutMs / 1_000) + 30}`,
    'Restart=always',
    'RestartSec=1',
    'NoNewPrivileges=yes',
    'PrivateTmp=yes',
  ];
}
