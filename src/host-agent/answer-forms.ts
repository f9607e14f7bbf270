/**
 * What single values of a host's answers may be. What the controller acts on has a strict form; what people
 * read is cut to a length, because a host with much to say is no reason to refuse it.
 */
import { z } from 'zod';

/** A text of one form, such as a name. */
export function word(what: string, pattern: RegExp) {
  return z.string({ error: what }).regex(pattern, { error: what });
}

/** Without half a surrogate pair, which could not be sent on to the engine. */
export function sendable(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** For people: cut. */
export function prose(most: number) {
  return z.string({ error: 'a text' }).transform((text) => sendable(text.slice(0, most)));
}

/** The first so many of a list. */
export function upTo<Item extends z.ZodType>(most: number, item: Item) {
  return z
    .array(z.unknown(), { error: 'a list' })
    .transform((items) => items.slice(0, most))
    .pipe(z.array(item));
}

/** A whole number that JavaScript can count with. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function oneOf<const Word extends string>(...words: Word[]) {
  return z.enum(words, { error: `one of ${words.join(', ')}` });
}

/** An object: what nobody asked for is left out. */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, { error: 'an object' });
}

export const flag = z.boolean({ error: 'true or false' });
export const release = word('a release such as 12-3fa9c1e', /^[0-9]{1,9}-[0-9a-f]{7,12}$/);
export const commit = word('a commit', /^[0-9a-f]{7,64}$/);
/** systemd's id of a start; empty: there is none. */
export const invocation = word('an invocation id or nothing', /^([0-9a-f]{32})?$/);
export const unitName = word('the name of a unit', /^[A-Za-z0-9:_.\\@-]{1,255}$/);
/** One of systemd's own words. */
export const systemdWord = word("a word of systemd's", /^[a-z0-9-]{0,60}$/);
export const path = word('an absolute path', /^\/[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{0,4095}$/u);
export const time = word('a time', /^[0-9TZ:.+-]{1,40}$/);
