/** JSON as no library writes it: the values, names and bytes that a request may be made of. */
import type { Random } from '../harness/random';

/** Written as it is, whatever it is. */
export class Raw {
  constructor(readonly text: string) {}
}

/** An object with its names in order; the same one may come twice. */
export class Fields {
  constructor(readonly pairs: [name: string, value: unknown][]) {}
}

/** A value with every object of it made open to what an object cannot have. */
export function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== 'object' || value === null || value instanceof Raw) return value;
  if (value instanceof Fields) return value;
  return new Fields(Object.entries(value).map(([name, inner]) => [name, opened(inner)]));
}

export function written(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Fields) {
    const pairs = value.pairs.map(([name, inner]) => `${JSON.stringify(name)}:${written(inner)}`);
    return `{${pairs.join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  return JSON.stringify(value);
}

/** Foreign values: each may stand where any other is expected. */
const STRANGERS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  '0',
  [],
  {},
  [[]],
  [null],
  { '': null },
  ...['NaN', 'Infinity', '-Infinity', '1e400', '-1e400', '-0', '-0.0', '1E2', '2.0', '1e0'].map(
    (text) => new Raw(text),
  ),
  // Python reads no more than 4,300 digits of a number, and nests no deeper than some 990.
  ...[10, 25, 400, 4_300, 4_400, 20_000].map((digits) => new Raw('9'.repeat(digits))),
  ...[50, 300, 900, 960, 980, 990, 1_000, 5_000, 100_000].flatMap((depth) => [
    new Raw('['.repeat(depth) + ']'.repeat(depth)),
    new Raw(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  ]),
  ...[1_000, 100_000, 400_000].map((length) => 'a'.repeat(length)),
  ...[1_000, 20_000].map((length) => Array.from({ length }, () => '')),
];

const ODD_TEXTS = [
  '\0',
  '\n',
  '\r\n',
  '\t',
  '\u001b[2J',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ud800',
  '\udfff',
  '\udc80',
  '\u0130',
  '\u0661',
  '\u{1f600}',
  'e\u0301',
  '\ufeff',
  ' ',
  '..',
  '.',
  '/',
  '//',
  '../',
  '/../',
  '%n',
  '%h',
  '$HOME',
  '$(id)',
  '`id`',
  '\\',
  '"',
  "'",
  ';',
  '#',
  '=',
  '-',
  '--',
  '@',
  ':',
  '*',
  '~',
] as const;

const PLACES = [
  '/etc/passwd',
  '../../../etc/shadow',
  '/proc/self/environ',
  '/proc/1/root/etc',
  '/dev/stdin',
  '/dev/full',
  '/run/systemd/private',
  '/root/.ssh/authorized_keys',
  '.venv/bin/python',
  'a'.repeat(63),
  'a'.repeat(64),
  `${'a.'.repeat(120)}a`,
  `${'a'.repeat(70)}.example`,
  'localhost',
  '0.0.0.0',
  '::',
  '::1%lo',
  '256.256.256.256',
  '1.2.3',
  '0x7f000001',
] as const;

/** Something near a text: a sign more, a sign less, much longer, or another one altogether. */
export function bent(random: Random, text: string): unknown {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.below(9)) {
    case 0:
    case 1:
      return before + random.pick(ODD_TEXTS) + after;
    case 2:
      return text + random.pick(ODD_TEXTS);
    case 3:
      return random.pick(ODD_TEXTS) + text;
    case 4:
      return before + after.slice(1);
    case 5:
      return text.repeat(1 + random.below(400)).slice(0, 200_000);
    case 6:
      return random.pick(PLACES);
    case 7:
      return text.toUpperCase();
    default:
      return random.pick(STRANGERS);
  }
}

function bentNumber(random: Random, number: number): unknown {
  const near = [number + 1, number - 1, number + 0.5, -number, number * 1e9, String(number), `${number} `];
  return random.pick<unknown>([...near, new Raw(`${number}.0`), random.pick(STRANGERS)]);
}

/** One place of a value, at whatever depth, is another one. */
export function mutated(random: Random, value: unknown): unknown {
  if (random.chance(0.04)) return random.pick(STRANGERS);
  if (typeof value === 'string') return bent(random, value);
  if (typeof value === 'number') return bentNumber(random, value);
  if (value instanceof Fields) return mutatedFields(random, value);
  if (Array.isArray(value)) return mutatedList(random, value);
  return random.pick(STRANGERS);
}

function mutatedFields(random: Random, { pairs }: Fields): Fields {
  const at = random.below(pairs.length);
  const pair = pairs[at];
  if (pair === undefined) return new Fields([['a', random.pick(STRANGERS)]]);
  const [name, value] = pair;
  const others = pairs.filter((_, index) => index !== at);
  if (random.chance(0.85))
    return new Fields(pairs.map((each, index) => (index === at ? [name, mutated(random, value)] : each)));
  switch (random.below(3)) {
    case 0:
      return new Fields(others);
    case 1: {
      const more = random.pick(['__proto__', 'a', '', '\ud800', 'claim', name]);
      return new Fields([...pairs, [more, mutated(random, value)]]);
    }
    default: {
      const other = bent(random, name);
      return new Fields([...others, [typeof other === 'string' ? other : 'a', value]]);
    }
  }
}

function mutatedList(random: Random, items: unknown[]): unknown[] {
  const at = random.below(items.length);
  if (items.length === 0 || random.chance(0.2)) return [...items, random.pick(STRANGERS)];
  if (random.chance(0.2)) return [...items, ...items, ...items];
  return items.map((item, index) => (index === at ? mutated(random, item) : item));
}

/** The line as bytes; now and then not even a line, or not of UTF-8. */
export function sent(random: Random, line: string, payload: Buffer): Buffer {
  const bytes = Buffer.from(`${line}\n`);
  if (!random.chance(0.06)) return Buffer.concat([bytes, payload]);
  const at = random.below(bytes.length);
  return random.pick([
    () => bytes.subarray(0, at),
    () =>
      Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from([random.pick([0, 0x80, 0xc0, 0xff, 0x0a])]),
        bytes.subarray(at),
      ]),
    () => Buffer.concat([Buffer.from('\ufeff'), bytes]),
    () => Buffer.concat([bytes, bytes]),
    () => Buffer.from(`${line}\r\n`, 'utf16le'),
    () => Buffer.from(`${line}${' '.repeat(1 << 20)}\n`),
    () => Buffer.from(line),
    () => Buffer.from(line.replaceAll('"', "'")),
    () => Buffer.concat([Buffer.from(`// a\n${line}\n`), payload]),
  ])();
}
