import { parseBind, parseSshAddress } from './address';
import { DEFAULTS } from './defaults';
import type { HostTarget, JobLimits, ServiceSettings, SoakSettings } from './deploy-input';
import { millisecondsOf } from './duration';
import type { HostShape, SettingsShape } from './schema';
import { bytesOf } from './size';

/** An environment's settings over the service's: maps are merged key by key, all else is replaced. */
export function mergeSettings(service: SettingsShape, environment: SettingsShape): SettingsShape {
  return merge(service, environment) as SettingsShape;
}

function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isMap(below) || !isMap(above)) return above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(below[key], above[key])]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Complete settings: defaults applied, durations in milliseconds. */
export function resolveSettings(service: string, written: SettingsShape): ServiceSettings {
  const { gunicorn = {}, readiness = {}, rehearse = true, migrate = false } = written;
  const rehearsal = rehearse === true ? {} : rehearse;
  return {
    layout: written.layout ?? DEFAULTS.layout,
    strategy: written.strategy ?? DEFAULTS.strategy,
    whenMemoryShort: written.whenMemoryShort ?? DEFAULTS.whenMemoryShort,
    app: written.app ?? DEFAULTS.app,
    python: written.python ?? DEFAULTS.python,
    requirements: written.requirements ?? [...DEFAULTS.requirements],
    shared: written.shared ?? [],
    user: written.user ?? DEFAULTS.user(service),
    base: written.base ?? DEFAULTS.base(service),
    envFiles: written.envFiles ?? [],
    unit: written.unit ?? DEFAULTS.unit(service),
    env: written.env ?? {},
    gunicorn: {
      workers: gunicorn.workers ?? DEFAULTS.gunicorn.workers,
      workerClass: gunicorn.workerClass ?? DEFAULTS.gunicorn.workerClass,
      timeout: milliseconds(gunicorn.timeout ?? DEFAULTS.gunicorn.timeout),
      gracefulTimeout: milliseconds(gunicorn.gracefulTimeout ?? DEFAULTS.gunicorn.gracefulTimeout),
      preload: gunicorn.preload ?? DEFAULTS.gunicorn.preload,
      configFile: gunicorn.configFile ?? null,
    },
    preImport: limits(written.preImport?.timeout ?? DEFAULTS.preImport.timeout, written.preImport?.memory),
    rehearse:
      rehearsal === false ? null : limits(rehearsal.timeout ?? DEFAULTS.rehearse.timeout, rehearsal.memory),
    migrate:
      migrate === false
        ? null
        : {
            command: migrate.command ?? [],
            ...limits(migrate.timeout ?? DEFAULTS.migrate.timeout, migrate.memory),
          },
    installTimeout: milliseconds(written.installTimeout ?? DEFAULTS.installTimeout),
    installMemory: bytes(written.installMemory),
    readiness: {
      path: readiness.path ?? DEFAULTS.readiness.path,
      url: readiness.url ?? null,
      headers: readiness.headers ?? {},
      timeout: milliseconds(readiness.timeout ?? DEFAULTS.readiness.timeout),
      requestTimeout: milliseconds(readiness.requestTimeout ?? DEFAULTS.readiness.requestTimeout),
      successes: readiness.successes ?? DEFAULTS.readiness.successes,
      tolerance: milliseconds(readiness.tolerance ?? DEFAULTS.readiness.tolerance),
      release: releaseIn(readiness.release),
    },
    soak: soakOf(written.soak ?? false),
    rollback: { keepTrying: milliseconds(written.rollback?.keepTrying ?? DEFAULTS.rollback.keepTrying) },
    keepReleases: written.keepReleases ?? DEFAULTS.keepReleases,
  };
}

function releaseIn(
  written: { header?: string; field?: string } = {},
): ServiceSettings['readiness']['release'] {
  if (written.header !== undefined) return { header: written.header };
  return written.field === undefined ? null : { field: written.field };
}

function soakOf(written: NonNullable<SettingsShape['soak']>): SoakSettings | null {
  if (written === false) return null;
  return {
    time: milliseconds(written.time),
    interval: milliseconds(written.interval ?? DEFAULTS.soak.interval),
    url: written.url ?? null,
    command: written.command ?? null,
    commandTimeout: milliseconds(written.commandTimeout ?? DEFAULTS.soak.commandTimeout),
    commandMemory: bytes(written.commandMemory),
  };
}

/** One machine; `bind` is the environment's or the service's, for hosts that have none of their own. */
export function resolveHost(written: HostShape, bind: string = DEFAULTS.bind): HostTarget {
  const host = typeof written === 'string' ? fromText(written) : written;
  return {
    name: host.name,
    address: host.address ?? host.name,
    port: host.port ?? DEFAULTS.ssh.port,
    user: host.user ?? DEFAULTS.ssh.user,
    bind: checked(parseBind(host.bind ?? bind), host.bind ?? bind),
  };
}

function fromText(text: string): Exclude<HostShape, string> {
  const { address, user, port } = checked(parseSshAddress(text), text);
  return { name: address, address, user: user ?? undefined, port: port ?? undefined };
}

function limits(timeout: string, memory: string | undefined): JobLimits {
  return { timeout: milliseconds(timeout), memory: bytes(memory) };
}

function bytes(text: string | undefined): number | null {
  return text === undefined ? null : checked(bytesOf(text), text);
}

function milliseconds(text: string): number {
  return checked(millisecondsOf(text), text);
}

/** The shape was checked before; null here is a fault of the schema. */
function checked<Value>(value: Value | null, text: string): Value {
  if (value === null) throw new Error(`The schema let an unreadable value pass: ${text.length} characters.`);
  return value;
}
