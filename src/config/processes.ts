/** The processes of a release besides its web server: workers, singletons and scheduled jobs. */
import { z } from 'zod';
import { type Form, flag, oneOf, text, type ValueOf } from './form';
import { key, map, needed, optional } from './map';
import * as value from './values';

/** Each is kept with a good release, next to the other settings. */
const MOST_PROCESSES = 20;
const MOST_COMMAND = 4_000;

const processName = text(
  'names of processes: lower-case letters, digits and -, beginning with a letter, at most 21, and not web',
  /^(?!web$)[a-z][a-z0-9-]{0,20}$/,
);

const words = value.command('[celery, -A, shop, worker]');
const ALLOWED = `one line of at most ${MOST_COMMAND} characters, or a list of words such as [celery, -A, shop, worker]`;
const line = text(
  ALLOWED,
  // The host refuses the same: systemd ends a line at these.
  /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+$/u,
  (written) => written.trim() !== '',
  MOST_COMMAND,
);

/** A text runs in a shell, a list of words without one. */
export const command: Form<z.ZodType<string | string[]>, string | string[]> = {
  written: z.union([line.written, words.written], { error: ALLOWED }),
  value: () => z.union([line.value(), words.value()]),
  read: (written) => written,
  merge: (_, environment) => environment,
};

const ready = map(
  {
    command: needed(command, 'Run as the service until it exits with 0; must be written.'),
    timeout: key(value.duration, '30s', 'How long that may take.'),
  },
  'processReady',
);

const readiness: Form<typeof ready.written, ValueOf<typeof ready> | null> = {
  ...ready,
  value: () => ready.value().nullable(),
  // checks.ts names the missing command.
  read: (written, names) => (written.command === undefined ? null : ready.read(written, names)),
};

const one = map(
  {
    command: needed(
      command,
      'The command, as a text or a list of words; must be written. A text runs by `/bin/sh -c`, and expands `$NAME`.',
    ),
    schedule: optional(
      text(
        'a calendar of systemd such as "*-*-* 03:00" or Mon..Fri 06:30, at most 100 characters',
        /^[A-Za-z0-9*:,./~_+ -]{1,100}$/,
      ),
      'When it runs, as a calendar of systemd. It then runs to its end, from the live release.',
      'it runs all the time',
    ),
    singleton: optional(
      flag,
      'Whether only one runs in the whole environment. The old one ends before the new one starts.',
      '`false`; `true` with `schedule`',
    ),
    host: optional(value.hostName, 'The host of a singleton.', 'the first host'),
    drain: key(
      value.duration,
      '30s',
      'How long the old one may finish its tasks after it was told to end. No later deploy waits for that.',
    ),
    stopSignal: key(
      oneOf('TERM', 'INT', 'QUIT', 'USR1'),
      'TERM',
      'The signal that tells it to finish. systemd sends it once.',
    ),
    ready: optional(readiness, 'When it counts as up.', 'it stays up for `stable`'),
    stable: key(value.requestDuration, '1s', 'A process is up when it has run for so long without an end.'),
    env: key(value.env, {}, "Plain settings, on top of the service's `env`."),
    onFailure: optional(
      oneOf('rollback', 'report'),
      'Effect of its end or restart in the soak. The end of a scheduled run rolls nothing back.',
      '`rollback`; `report` with `schedule`',
    ),
  },
  'process',
);

const error = `a map of at most ${MOST_PROCESSES} processes, such as worker: { command: celery -A shop worker }`;
const written = z
  .record(processName.written, one.written, { error })
  .refine((all) => Object.keys(all).length <= MOST_PROCESSES, { error });
type Written = z.output<typeof written>;

/** By name. An environment's process is merged with the service's of the same name. */
export const processes: Form<typeof written, Record<string, Process>> = {
  written,
  value: () =>
    z
      .record(processName.value(), one.value(), { error })
      .refine((all) => Object.keys(all).length <= MOST_PROCESSES, { error }),
  read: (all, names) =>
    Object.fromEntries(
      Object.entries(all)
        // checks.ts names the missing command.
        .filter(([, process]) => process.command !== undefined)
        .map(([name, process]) => [name, one.read(process, names)]),
    ),
  merge: (service, environment) => {
    const all: Written = { ...service };
    for (const [name, process] of Object.entries(environment)) {
      const below = service[name];
      all[name] = below === undefined ? process : one.merge(below, process);
    }
    return all;
  },
};

/** One process of a release, as a run has it. null: not written. */
export type Process = ValueOf<typeof one>;
export type Processes = Record<string, Process>;
