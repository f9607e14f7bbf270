/** Checks of values, made from how `host/contract.json` describes them. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { SHAPES, type Shape, whole } from './contract';

export interface WholeNumbers {
  minimum: number;
  maximum: number;
  multipleOf?: number;
}

const named = new Map<string, z.ZodType>();

/**
 * @returns the check of a value of this shape. What parses is safe to send on to the engine: without unknown
 *   fields, and without half a surrogate pair
 */
export function checkOf(shape: Shape): z.ZodType {
  if (typeof shape === 'string')
    return shape.endsWith('?') ? checkOf(shape.slice(0, -1)).nullable() : byName(shape);
  const check = ofForm(shape);
  return shape.orNull ? check.nullable() : check;
}

function byName(name: string): z.ZodType {
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`host/contract.json has no type ${name}`);
  const check = named.get(name) ?? checkOf(shape);
  named.set(name, check);
  return check;
}

function ofForm(shape: Exclude<Shape, string>): z.ZodType {
  if ('type' in shape) return checkOf(shape.type);
  if ('pattern' in shape) return matching(whole(shape.pattern), shape.is, shape.maxLength);
  if ('line' in shape)
    return matching(
      whole(`${LINE}{0,${shape.line}}`),
      `text of at most ${shape.line} characters on one line`,
    );
  if ('text' in shape)
    return matching(whole(`${TEXT}{0,${shape.text}}`), `text of at most ${shape.text} characters`);
  if ('prose' in shape) return prose(shape.prose);
  if ('minimum' in shape) return wholeNumber(shape);
  if ('flag' in shape) return z.boolean({ error: 'true or false' });
  if ('enum' in shape) return oneOf(shape);
  if ('format' in shape) return z.string({ error: IP }).refine(isPlainIp, { error: IP });
  if ('list' in shape) return 'first' in shape ? firstOf(shape) : listOf(shape);
  if ('map' in shape) return 'first' in shape ? firstEntriesOf(shape) : mapOf(shape);
  if ('either' in shape) return z.union(shape.either.map(checkOf));
  return fieldsOf(shape.fields);
}

/** A text on one line has no controls, line separators or halves of surrogate pairs. */
const LINE = '[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]';
const TEXT = '[^\\x00\\ud800-\\udfff]';

const IP = 'an IP address';

/** A zone (`fe80::1%eth0`) means something on one machine only. */
function isPlainIp(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

function matching(pattern: RegExp, is: string, maxLength = Number.MAX_SAFE_INTEGER) {
  return z.string({ error: is }).max(maxLength, { error: is }).regex(pattern, { error: is });
}

/** Half a surrogate pair could not be sent on to the engine. */
function sendable(text: string): string {
  return text.toWellFormed();
}

function prose(most: number) {
  return z.string({ error: 'a text' }).transform((text) => sendable(text.slice(0, most)));
}

/** Both limits included. */
export function wholeNumber({ minimum, maximum, multipleOf = 1 }: WholeNumbers): z.ZodType<number> {
  const steps = multipleOf === 1 ? '' : ` in steps of ${multipleOf}`;
  const error = `a whole number from ${minimum} to ${maximum}${steps}`;
  const type = z.int({ error }).min(minimum, { error }).max(maximum, { error });
  return multipleOf === 1 ? type : type.multipleOf(multipleOf, { error });
}

function oneOf({ enum: words, otherwise }: { enum: string[]; otherwise?: string }) {
  const check = z.enum(words, { error: `one of ${words.join(', ')}` });
  return otherwise === undefined ? check : check.catch(otherwise);
}

function listOf({ list, most }: { list: Shape; most: number }) {
  return z.array(checkOf(list), { error: 'a list' }).max(most, { error: `at most ${most}` });
}

function firstOf({ list, first }: { list: Shape; first: number }) {
  return z
    .array(z.unknown(), { error: 'a list' })
    .transform((items) => items.slice(0, first))
    .pipe(z.array(checkOf(list)));
}

function mapOf({ map, names, most }: { map: Shape; names: Shape; most: number }) {
  return z
    .record(checkOf(names) as z.ZodType<string, string>, checkOf(map), { error: 'an object' })
    .refine((all) => Object.keys(all).length <= most, { error: `at most ${most}` });
}

/** An entry that does not fit is left out: a foreign program wrote it. */
function firstEntriesOf({ map, names, first }: { map: Shape; names: Shape; first: number }) {
  const [name, value] = [checkOf(names), checkOf(map)];
  return z.record(z.string(), z.unknown(), { error: 'an object' }).transform((all) => {
    const fitting = Object.entries(all).flatMap(([key, given]) => {
      const parsed = value.safeParse(given);
      return name.safeParse(key).success && parsed.success ? [[key, parsed.data] as const] : [];
    });
    return Object.fromEntries(fitting.slice(0, first));
  });
}

function fieldsOf(fields: Record<string, Shape>) {
  const checks = Object.entries(fields).map(([name, shape]) =>
    name.endsWith('?') ? [name.slice(0, -1), checkOf(shape).optional()] : [name, checkOf(shape)],
  );
  return z.object(Object.fromEntries(checks), { error: 'an object' });
}
