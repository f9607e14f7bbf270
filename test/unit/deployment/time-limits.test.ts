import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { knownKeys } from '../../../src/config/json-schema';
import { adviceOnLimit, overtime, TIME_LIMITS, timeKeyOf } from '../../../src/deployment/time-limits';

const LIMITS = Object.keys(TIME_LIMITS);
/** Written as people write them. */
const KEYS = new Map(knownKeys().map((key) => [key.path.join('.').replaceAll('*', '<name>'), key]));

test('every time limit is a key of landfall.yaml, and stands in the docs', () => {
  const docs = readFileSync('docs/configuration.md', 'utf8').split('## Time limits')[1] ?? '';
  for (const name of LIMITS) {
    assert.ok(KEYS.has(name), name);
    assert.ok(docs.includes(`\n| \`${name}\` |`), `${name} is missing in the docs`);
  }
});

test('every duration of landfall.yaml is a time limit, apart from how long something is to last', () => {
  const durations = [...KEYS].filter(([, key]) => /^\d+(ms|s|m|h)$/.test(String(key.default)));
  const here = durations.map(([name]) => name).filter((name) => !name.startsWith('environments'));
  assert.deepEqual(
    here.filter((name) => !LIMITS.includes(name)),
    ['soak.interval'],
  );
});

test('every key that a message names in brackets is a key of landfall.yaml', () => {
  const files = ['src', 'host'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((file) => `${room}/${file}`),
  );
  const sources = files.filter((file) => /\.(ts|py)$/.test(file) && !file.includes('/tests/'));
  const named = sources.flatMap((file) => {
    const text = readFileSync(file, 'utf8').replaceAll(/\$?\{[^{}]*\}/g, '<name>');
    const found = text.matchAll(/\((\w+(?:\.(?:\w+|<name>))+|installTimeout)\)[`':"]/g);
    return [...found].map(([, name = '']) => name).filter((name) => KEYS.has(name.split('.')[0] ?? ''));
  });
  assert.ok(named.length >= 5, named.join(' '));
  assert.deepEqual(
    named.filter((name) => !KEYS.has(name)),
    [],
  );
});

test('the key of a command’s time limit follows from that of its memory', () => {
  assert.deepEqual(['migrate.memory', 'installMemory', 'soak.commandMemory'].map(timeKeyOf), [
    'migrate.timeout',
    'installTimeout',
    'soak.commandTimeout',
  ]);
});

test('words of a met limit lead to its key, and to a value that would have been enough', () => {
  const table: [string, string | null][] = [
    [
      'not ready within 10 s (readiness.timeout), but after 14.2 s',
      'Raise readiness.timeout, for example to 22s.',
    ],
    [
      'rehearsal: not ready within 4 s (rehearse.timeout), but after 5.1 s',
      'Raise rehearse.timeout, for example to 8s.',
    ],
    [
      'not ready within 10 s (readiness.timeout), but an answer took 3.1 s, more than 2 s (readiness.requestTimeout)',
      'Raise readiness.requestTimeout, for example to 5s.',
    ],
    [
      'not ready within 60 s (readiness.timeout): /health/ready answered 503',
      'If it only needs more time, raise readiness.timeout, which is 1 min.',
    ],
    ['/health/ready answered 404: the app has no route GET /health/ready', null],
    ['not ready within 1 s (root.password), but after 2 s', null],
  ];
  for (const [words, advice] of table) assert.equal(adviceOnLimit(words), advice, words);
});

test('half of a limit is waited beyond it, and at most 20 s', () => {
  assert.deepEqual([overtime(5_001), overtime(600_000)], [2_500, 20_000]);
});
