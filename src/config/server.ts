/** The key `server`: its name alone, or a map. */
import { z } from 'zod';
import { type Form, listOf, oneOf, text, type ValueOf } from './form';
import { key, map, needed, optional } from './map';
import * as value from './values';

const name = oneOf('gunicorn', 'uvicorn', 'hypercorn', 'granian');

const full = map(
  {
    name: needed(name, 'Which server; must be written.'),
    workers: optional(
      value.workers,
      'Worker processes, except of Gunicorn (`gunicorn.workers`).',
      "the project's own, else 2",
    ),
    gracefulTimeout: optional(
      value.stopDuration,
      'How long a stopping worker may finish its requests, except of Gunicorn (`gunicorn.gracefulTimeout`). systemd kills the unit 10 s after that.',
      '30 s',
    ),
    options: key(
      listOf(
        // The host refuses the same: systemd ends a line at these.
        text('words of one line, each of at most 1000 characters', /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,1000}$/u),
        'a list of at most 100 words such as [--proxy-headers, --root-path, /api]',
        [0, 100],
      ),
      [],
      'Words of its command line, one word each, without those that Landfall writes itself.',
    ),
  },
  'server',
);

const error = `gunicorn, uvicorn, hypercorn or granian, or a map with ${Object.keys(full.written.shape).join(', ')}`;
type Written = z.output<typeof name.written> | z.output<typeof full.written>;
type Value = ValueOf<typeof full> | null;

const mapOf = (written: Written) => (typeof written === 'string' ? { name: written } : written);

/** A map of an environment is merged with the service's; a name replaces it. */
export const server: Form<z.ZodType<Written>, Value> = {
  written: z.union([name.written, full.written], { error }) as unknown as z.ZodType<Written>,
  value: () => full.value().nullable(),
  read: (written, names) => {
    const map = mapOf(written);
    // checks.ts names the missing name.
    return map.name === undefined ? null : full.read(map, names);
  },
  merge: (service, environment) =>
    typeof environment === 'string' ? environment : full.merge(mapOf(service), environment),
};
