/** Random JSON, the same for the same numbers, as any program may send it. */

const TEXTS = ['', ' ', 'x', 'retry', 'accept\n', '\u001b[31m', '\ud800', 'a\u2028b', '\u202e', '🦊', '{}'];
const NUMBERS = [0, -0, 1, -1, 1.5, 2 ** 53, -1e308, 1e-7];

/**
 * @param random numbers from 0 to below 1
 * @param keys what objects may have, so that some come near to what is expected
 */
export function randomJson(random: () => number, keys: string[], depth = 3): unknown {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(all: T[]): T => all[below(all.length)] as T;
  const kind = below(depth > 0 ? 8 : 6);
  if (kind === 0) return null;
  if (kind === 1) return below(2) === 0;
  if (kind === 2) return pick(NUMBERS);
  if (kind === 3) return pick(TEXTS).repeat(below(50) === 0 ? 20_000 : 1);
  if (kind < 6) return pick(TEXTS);
  const parts = Array.from({ length: below(4) }, () => randomJson(random, keys, depth - 1));
  if (kind === 6) return parts;
  return Object.fromEntries(parts.map((part) => [pick(keys), part]));
}
