import { z } from 'zod';
import { wholeNumber as inLimits, type WholeNumbers } from '../contract/checks';

/** The names that a default may use: the default `/srv/<service>` needs `{ service }`. */
export type Names = Record<string, string>;

/** How a value is written in `landfall.yaml`, what a run makes of it, and how the first becomes the second. */
export interface Form<Written extends z.ZodType = z.ZodType, Value = unknown> {
  /** Checks what a person wrote. Each error message completes "allowed: …". */
  written: Written;
  /** Makes the check of what a run was given, whoever sent it. A client never needs it. */
  value(): z.ZodType<Value>;
  /** `written` has accepted the first argument. */
  read(written: z.output<Written>, names: Names): Value;
  /** An environment's value over the service's. */
  merge(service: z.output<Written>, environment: z.output<Written>): z.output<Written>;
}

/** A form whose value differs from what is written; an environment's replaces the service's. */
export function form<Written extends z.ZodType, Value>(
  written: Written,
  value: () => z.ZodType<Value>,
  read: Form<Written, Value>['read'],
): Form<Written, Value> {
  return { written, value, read, merge: (_, environment) => environment };
}

/** The value of a form in a run. */
export type ValueOf<Of extends Form> = ReturnType<Of['read']>;

/** A form whose value is what is written. */
export function same<Value, Type extends z.ZodType<Value>>(type: Type & z.ZodType<Value>): Form<Type, Value> {
  return form(
    type,
    () => type,
    (written) => written as Value,
  );
}

/** A text of one form. */
export function text(
  error: string,
  pattern: RegExp,
  more: (value: string) => boolean = () => true,
  most = Number.POSITIVE_INFINITY,
) {
  const type = z.string({ error });
  const short = most === Number.POSITIVE_INFINITY ? type : type.max(most, { error });
  return same(short.regex(pattern, { error }).refine(more, { error }));
}

/** Both limits included. */
export function wholeNumber(limits: WholeNumbers) {
  return same(inLimits(limits));
}

export const flag = same(z.boolean({ error: 'true or false' }));

export function oneOf<const Word extends string>(...words: Word[]) {
  return same(z.enum(words, { error: words.join(' or ') }));
}

/** `allowed` names what the list holds, and how many. Its items say for themselves what they may be. */
export function listOf<Written extends z.ZodType, Value>(
  item: Form<Written, Value>,
  allowed: string,
  [least, most]: [least: number, most: number],
) {
  const list = <Type extends z.ZodType>(type: Type) =>
    z.array(type, { error: allowed }).min(least, { error: allowed }).max(most, { error: allowed });
  return form(
    list(item.written),
    () => list(item.value()),
    (written, names) => written.map((one) => item.read(one, names)),
  );
}

/** A map whose names a person chooses. */
export function dictionary(name: Form<z.ZodString, string>, value: Form<z.ZodString, string>, most: number) {
  const error = `a map of at most ${most} names and texts`;
  const type = z
    .record(name.written, value.written, { error })
    .refine((map) => Object.keys(map).length <= most, { error });
  return {
    ...same(type),
    merge: (service: z.output<typeof type>, environment: z.output<typeof type>) => ({
      ...service,
      ...environment,
    }),
  };
}
