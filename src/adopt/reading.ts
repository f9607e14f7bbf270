/** All that was read of a host, checked: the host wrote it. */
import { z } from 'zod';
import { checkOf } from '../contract/checks';
import type { Address } from '../contract/contract-types';
import { oneLine, shortened } from '../text/safe-text';

/** A text for people, safe and short. */
const text = (most = 500) => z.string().transform((found) => shortened(oneLine(found), most));
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** The first ones: a host may send any number. */
const first = <T extends z.ZodType>(item: T, most = 100) =>
  z
    .array(z.unknown())
    .transform((items) => items.slice(0, most))
    .pipe(z.array(item));
const words = first(text(), 200);

const setting = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/),
  secret: z.boolean(),
  file: text().nullable(),
  dropIn: z.boolean(),
});

const unit = z.object({
  name: text(255),
  load: text(60),
  active: text(60),
  enabled: text(60),
  files: first(text()),
  type: text(60),
  user: text(64),
  directory: text(),
  mainPid: count,
  sockets: first(text(255), 10),
  commands: first(words, 10),
  listens: first(checkOf('address') as z.ZodType<Address>, 4),
  memory: count.nullable(),
  sharedMemory: count,
  settings: first(setting, 200),
  environmentFiles: first(z.object({ path: text(), readable: z.boolean(), exists: z.boolean() }), 20),
  directives: first(text(60), 50),
});

const checkout = z.object({
  root: text(),
  folder: text(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .nullable(),
  branch: text(200).nullable(),
  remote: text().nullable(),
  remoteHasLogin: z.boolean(),
  published: z.boolean().nullable(),
  changed: first(text(), 40).nullable(),
  untracked: first(text(), 40),
  ignored: first(text(), 40),
});

export const readingForm = z.object({
  root: z.boolean(),
  login: text(64),
  unit,
  owner: text(64).nullable(),
  checkout: checkout.nullable(),
  conf: z
    .object({ file: text(), values: z.record(z.string(), text(200)), computed: first(text(100), 50) })
    .nullable(),
  python: z
    .object({ environment: text(), version: text(20).nullable(), packages: first(text(200), 500) })
    .nullable(),
  requirements: first(text(), 20),
  locks: first(text(), 20),
  unpinned: first(text(200), 30),
  routes: first(z.object({ path: text(60), status: count, milliseconds: count }), 20),
  proxies: first(text(), 50),
  neighbours: first(
    z.object({
      name: text(255),
      active: text(60),
      user: text(64),
      commands: first(words, 5),
      schedule: text(200).nullable(),
      timer: text(255).nullable(),
    }),
    30,
  ),
  scripts: first(text(), 50),
  crontabs: first(z.object({ file: text(), line: count }), 50),
  machine: z.object({
    hostname: text(255),
    memoryAvailable: count,
    diskFree: count,
    processors: count,
    systemd: text(20),
    python: text(20),
  }),
});

export type Reading = z.infer<typeof readingForm>;
