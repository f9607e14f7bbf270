/** Values that do not fit where they stand, made from one that does. */

/** Replacements for a value; none of these is right anywhere in a complete input. */
export const WRONG: unknown[] = [
  null,
  '',
  '\u001b]0;x\u0007',
  'a\u2028b',
  [],
  {},
  [null],
  -1,
  1.5,
  1e21,
  { __proto__: null, toString: 1 },
  'x'.repeat(100_000),
];

/** The same value with the one at this path replaced. */
export function replacedAt(value: unknown, path: (string | number)[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) };
  copy[step] = replacedAt(copy[step], rest, by);
  return copy;
}

/** Where something stands in it, itself included. */
export function pathsIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [path, ...[...keys].flatMap((key) => pathsIn((value as never)[key], [...path, key]))];
}
