/** The commands that build in a release on each host, before anything of it runs. */
import { z } from 'zod';
import { type Form, listOf, text, type ValueOf } from './form';
import { key, map, optional } from './map';
import { command } from './processes';
import * as value from './values';

/** Commands are kept with a good release, next to the other settings. */
const MOST_COMMANDS = 20;

const commands = listOf(command, 'a list of at most 20 commands such as [npm ci, npm run build]', [
  0,
  MOST_COMMANDS,
]);

const whole = map(
  {
    commands: key(
      commands,
      [],
      "Run in this order, each in the service's folder of the new release. A text runs by `/bin/sh -ec`, a list of words without a shell.",
    ),
    env: key(
      value.env,
      {},
      "Plain settings, on top of the service's `env`. A build does not read `envFiles`.",
    ),
    needs: key(
      listOf(
        text('a program such as node', /^[A-Za-z0-9][A-Za-z0-9._+-]{0,60}$/),
        'a list of at most 20 programs such as [node, msgfmt]',
        [0, 20],
      ),
      [],
      'Further programs that the build needs. The programs of the commands are looked for in any case.',
    ),
    timeout: key(value.duration, '15m', 'Time limit of all commands together.'),
    memory: optional(value.memory, 'Memory limit of the build.', '80 % of what is available on the host'),
  },
  'build',
);

const error = `a list of at most ${MOST_COMMANDS} commands such as [npm ci, npm run build], or a map with commands, env, needs, timeout, memory`;
const written = z.union([commands.written, whole.written], { error });
type Written = z.output<typeof written>;
type Whole = z.output<typeof whole.written>;

const asMap = (build: Written): Whole => (Array.isArray(build) ? { commands: build } : build);

/** A run has null where nothing is to be built. */
export const build: Form<typeof written, ValueOf<typeof whole> | null> = {
  written,
  value: () => whole.value().nullable(),
  read: (build, names) => {
    const map = asMap(build);
    return (map.commands ?? []).length === 0 ? null : whole.read(map, names);
  },
  merge: (service, environment) => whole.merge(asMap(service), asMap(environment)) as Written,
};

export type Build = NonNullable<ValueOf<typeof build>>;
