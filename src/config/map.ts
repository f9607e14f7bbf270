/** Maps of `landfall.yaml`: their keys, with default and description. */
import { z } from 'zod';
import { type Form, form, type Names, type ValueOf } from './form';

type Keys = Record<string, Form>;
type WrittenMap<In extends Keys> = z.ZodObject<{ [Name in keyof In]: In[Name]['written'] }, z.core.$strict>;

/** A key with a default. The default is written as in `landfall.yaml`; `<service>` stands for the service's name. */
export function key<Written extends z.ZodType, Value>(
  of: Form<Written, Value>,
  standard: z.output<Written>,
  description: string,
): Form<z.ZodOptional<Written>, Value> {
  const named = typeof standard === 'string' && standard.includes('<');
  const filled = (names: Names) => (named ? (fill(standard, names) as z.output<Written>) : standard);
  const shown = named ? { otherwise: standard } : { default: standard };
  return {
    written: of.written.optional().meta({ description, ...shown }),
    // An older version sent inputs, and kept releases, without the keys that came later.
    value: () => (named ? of.value() : withDefault(of.value(), of.read(standard, {}))),
    read: (written, names) => of.read(written === undefined ? filled(names) : written, names),
    merge: of.merge,
  };
}

/** A key without a default: a run has null. `otherwise` tells people what happens then. */
export function optional<Written extends z.ZodType, Value>(
  of: Form<Written, Value>,
  description: string,
  otherwise?: string,
): Form<z.ZodOptional<Written>, Value | null> {
  return {
    written: of.written.optional().meta({ description, otherwise }),
    value: () => withDefault(of.value().nullable(), null),
    read: (written, names) => (written === undefined ? null : of.read(written, names)),
    merge: of.merge,
  };
}

/** A key that must be written. */
export function required<Written extends z.ZodType, Value>(
  of: Form<Written, Value>,
  description: string,
): Form<Written, Value> {
  return { ...of, written: of.written.meta({ description }) };
}

/** A key that its map requires. The service may set the key, or the environment. See {@link orFalse}. */
export function needed<Written extends z.ZodType, Value>(
  of: Form<Written, Value>,
  description: string,
): Form<z.ZodOptional<Written>, Value> {
  return {
    written: of.written.optional().meta({ description }),
    value: of.value,
    read: (written, names) => {
      if (written === undefined) throw new Error('orFalse and checks.ts look for it first');
      return of.read(written, names);
    },
    merge: of.merge,
  };
}

/** A map as a key. The keys of the map have the defaults. */
export function section<Written extends z.ZodType, Value>(
  of: Form<Written, Value>,
  description: string,
): Form<z.ZodOptional<Written>, Value> {
  return { ...key(of, {} as never, description), written: of.written.optional().meta({ description }) };
}

/**
 * A map with these keys. In `landfall.yaml` any other key is an error, because it is probably mistyped. In a
 * run other keys are dropped, because another version may know more keys.
 * @param id the map's name in the JSON Schema, which then has the map once
 */
export function map<In extends Keys>(
  keys: In,
  id?: string,
): Form<WrittenMap<In>, { [Name in keyof In]: ValueOf<In[Name]> }> {
  const written = z.strictObject(
    each(keys, (of) => of.written),
    {
      error: ({ code }) =>
        code === 'invalid_type' ? `a map with ${Object.keys(keys).join(', ')}` : undefined,
    },
  );
  const composed: Form = {
    written: id === undefined ? written : written.meta({ id }),
    value: () => z.object(each(keys, (of) => of.value())),
    read: (map, names) => each(keys, (of, name) => of.read(at(map, name), names)),
    merge: (service, environment) =>
      each(keys, (of, name) => {
        const [below, above] = [at(service, name), at(environment, name)];
        if (below === undefined || above === undefined) return above ?? below;
        return of.merge(below, above);
      }),
  };
  // TypeScript cannot see that `each` keeps the keys.
  return composed as unknown as ReturnType<typeof map<In>>;
}

/** A map with exactly one of these keys. An environment's replaces the service's. */
export function choice<In extends Keys>(keys: In) {
  type Choice = { [Name in keyof In]: { [Only in Name]: ValueOf<In[Name]> } }[keyof In];
  const names = Object.keys(keys);
  const error = `a map with either ${names.join(' or ')}`;
  const options = () => Object.entries(keys).map(([name, of]) => z.object({ [name]: of.value() }));
  return form(
    map(keys).written.refine(
      (written) => names.filter((name) => at(written, name) !== undefined).length === 1,
      {
        error,
      },
    ),
    () => z.union(options(), { error }) as unknown as z.ZodType<Choice>,
    (written) => written as Choice,
  );
}

/** A map, or `false`. A run has null for `false`, and for a map without the key that it needs. */
export function orFalse<Keys extends z.ZodObject, Value>(
  of: Form<Keys, Value>,
  { needs }: { needs: string },
) {
  return switched(of, z.literal(false), 'false', (written) => at(written, needs) === undefined);
}

/** A map, or `true` for its defaults, or `false`. A run has null for `false`. */
export function orFlag<Keys extends z.ZodObject, Value>(of: Form<Keys, Value>) {
  return switched(of, z.boolean(), 'true, false', () => false);
}

function switched<Keys extends z.ZodObject, Value, Word extends boolean>(
  of: Form<Keys, Value>,
  word: z.ZodType<Word>,
  words: string,
  lacks: (written: object) => boolean,
): Form<z.ZodType<Word | z.output<Keys>>, Value | null> {
  const error = `${words} or a map with ${Object.keys(of.written.shape).join(', ')}`;
  type Written = Word | z.output<Keys>;
  const isMap = (written: Written): written is z.output<Keys> => typeof written === 'object';
  return {
    written: z.union([word, of.written], { error }) as unknown as z.ZodType<Written>,
    value: () => of.value().nullable(),
    read: (written: Written, names) => {
      if (written === false) return null;
      const map = isMap(written) ? written : ({} as z.output<Keys>);
      return lacks(map) ? null : of.read(map, names);
    },
    merge: (service: Written, environment: Written) =>
      isMap(service) && isMap(environment) ? of.merge(service, environment) : environment,
  };
}

function withDefault<Value>(type: z.ZodType<Value>, value: Value): z.ZodType<Value> {
  return type.default(value as never);
}

function fill(template: string, names: Names): string {
  return template.replace(/<(\w+)>/g, (_, name) => names[name] ?? '');
}

function each<Result>(keys: Keys, make: (of: Form, name: string) => Result): Record<string, Result> {
  return Object.fromEntries(Object.entries(keys).map(([name, of]) => [name, make(of, name)]));
}

function at(map: unknown, name: string): unknown {
  return (map as Record<string, unknown>)[name];
}
