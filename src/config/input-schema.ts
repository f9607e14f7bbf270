/**
 * What the workflows may be started with, and what is kept with each good release: the complete settings,
 * checked on the worker whoever sent them. The types themselves are in `deploy-input.ts`, which
 * workflow code imports; zod stays out of its bundle.
 */
import { z } from 'zod';
import { isHostAddress, LONGEST_SOCKET_PATH } from './address';
import type { DeployInput, DoctorInput, HostTarget, ServiceSettings } from './deploy-input';
import { LONGEST_DURATION_MS } from './duration';
import { env, flag, headers, insideRelease, LONGEST_STOP_MS, listOf, text, wholeNumber } from './forms';
import {
  app,
  base,
  bytesForEach,
  command,
  envFiles,
  environmentName,
  fieldName,
  headerName,
  hostName,
  LONGEST_SETTINGS,
  path,
  python,
  repository,
  requirements,
  serviceName,
  shared,
  sizeOf,
  unit,
  url,
  userName,
  workerClass,
} from './values';

/** Milliseconds, as everywhere. */
const duration = wholeNumber(1, LONGEST_DURATION_MS);
/** Gunicorn counts in whole seconds. */
const wholeSeconds = duration.refine((ms) => ms % 1_000 === 0, { error: 'whole seconds, in milliseconds' });
const upToAMinute = wholeNumber(1, 60_000);
const memory = wholeNumber(1 << 20, 2 ** 50).nullable();
const limits = { timeout: duration, memory: memory };

const readiness = z.object({
  path,
  url: url.nullable(),
  headers,
  timeout: duration,
  requestTimeout: upToAMinute,
  successes: wholeNumber(1, 100),
  tolerance: upToAMinute,
  release: z.union([z.object({ header: headerName }), z.object({ field: fieldName })]).nullable(),
});

const soak = z.object({
  time: duration,
  interval: upToAMinute,
  url: url.nullable(),
  command: command('[./smoke-test]').nullable(),
  commandTimeout: duration,
  commandMemory: memory,
});

const gunicorn = z.object({
  workers: wholeNumber(1, 256),
  workerClass,
  timeout: wholeSeconds,
  gracefulTimeout: wholeSeconds.refine((ms) => ms <= LONGEST_STOP_MS, { error: 'at most an hour' }),
  preload: flag,
  configFile: insideRelease.nullable(),
});

/** A key that is added later needs a default here: good releases from before were kept without it. */
export const settingsSchema = z
  .object({
    layout: z.literal('releases'),
    strategy: z.enum(['overlap', 'restart']),
    whenMemoryShort: z.enum(['refuse', 'restart']),
    app,
    python,
    requirements,
    shared,
    user: userName,
    base,
    envFiles,
    unit,
    env,
    gunicorn,
    preImport: z.object(limits),
    rehearse: z.object(limits).nullable(),
    migrate: z.object({ command: command('[alembic, upgrade, head]'), ...limits }).nullable(),
    installTimeout: duration,
    installMemory: memory,
    readiness,
    soak: soak.nullable(),
    rollback: z.object({ keepTrying: duration }),
    keepReleases: wholeNumber(1, 100),
  })
  .refine((settings) => JSON.stringify(settings).length <= LONGEST_SETTINGS, {
    error: `settings of at most ${LONGEST_SETTINGS} characters together`,
  }) satisfies z.ZodType<ServiceSettings>;

/** Where a service listens. */
export const addressSchema = z.union([
  z.object({
    host: z.union([z.ipv4(), z.ipv6()], { error: 'an IP address' }),
    port: wholeNumber(1, 65_535),
  }),
  z.object({
    socket: text(
      'the path of a unix socket',
      /^(\/[A-Za-z0-9._@+-]+)+$/,
      (socket) => socket.length <= LONGEST_SOCKET_PATH,
    ),
  }),
]);

export const hostSchema = z.object({
  name: hostName,
  address: text('a DNS name or an IP address', /^\S{1,253}$/, isHostAddress),
  port: wholeNumber(1, 65_535),
  user: userName,
  bind: addressSchema,
}) satisfies z.ZodType<HostTarget>;

/** One line for people. The helper takes 300 characters, and a repair adds its own name. */
const line = text(
  'one line of at most 250 characters',
  /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,250}$/u,
);

/** What the settings may have together depends on the number of hosts. */
function carriesItsSettings({ hosts, settings }: Pick<DoctorInput, 'hosts' | 'settings'>): boolean {
  return sizeOf(settings) <= bytesForEach(hosts.length);
}
const TOO_LARGE = { error: 'settings and hosts that fit into one message together', path: ['settings'] };

const aboutHosts = z.object({
  service: serviceName,
  environment: environmentName,
  hosts: listOf(hostSchema, 'a list of 1 to 500 hosts', 1, 500).refine(
    (hosts) => new Set(hosts.map(({ name }) => name)).size === hosts.length,
    { error: 'hosts with a name of their own each' },
  ),
  settings: settingsSchema,
  by: line,
  takeOver: flag,
});

export const doctorSchema = aboutHosts.refine(carriesItsSettings, TOO_LARGE) satisfies z.ZodType<DoctorInput>;

const deployed = aboutHosts.extend({
  source: z.union([
    z.object({ ref: text('a commit, branch or tag', /^[^-\s\p{Cc}\p{Cs}][^\s\p{Cc}\p{Cs}]{0,254}$/u) }),
    z.object({ previous: z.literal(true), soak: flag.optional() }),
  ]),
  repository,
  path: insideRelease.nullable(),
  batch: wholeNumber(1, 1000),
  ciRun: line.nullable(),
  fixForward: flag,
  stopFirst: flag.optional(),
});

export const deploySchema = deployed.refine(carriesItsSettings, TOO_LARGE) satisfies z.ZodType<DeployInput>;
