import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { flag, wholeNumber } from '../../../src/config/form';
import { choice, key, map, needed, optional, orFalse, orFlag, section } from '../../../src/config/map';
import { duration, unit, url } from '../../../src/config/values';

const count = wholeNumber({ minimum: 1, maximum: 9 });
const watch = map({ time: needed(duration, 'How long.'), count: key(count, 3, 'How often.') });

/** A key of each kind, each written once. */
const form = map({
  count: key(count, 2, 'How many.'),
  unit: key(unit, '<service>.service', 'Which unit.'),
  limit: optional(duration, 'How long.', 'no limit'),
  limits: section(map({ timeout: key(duration, '30s', 'How long.') }), 'Limits.'),
  watch: key(orFalse(watch, { needs: 'time' }), false, 'Whether it is watched.'),
  trial: key(orFlag(map({ timeout: key(duration, '1m', 'How long.') })), true, 'Whether it is tried.'),
  place: optional(choice({ url: needed(url, 'An address.'), quiet: needed(flag, 'None.') }), 'Where.'),
});
type Written = z.output<typeof form.written>;
const read = (written: Written) => form.read(form.written.parse(written), { service: 'shop' });

const NOTHING = {
  count: 2,
  unit: 'shop.service',
  limit: null,
  limits: { timeout: 30_000 },
  watch: null,
  trial: { timeout: 60_000 },
  place: null,
};

const READ: [string, Written, Partial<z.output<ReturnType<typeof form.value>>>][] = [
  ['nothing written', {}, {}],
  ['values', { count: 5, limit: '500ms', unit: 'a.service' }, { count: 5, limit: 500, unit: 'a.service' }],
  ['a map in part', { watch: { time: '2h' } }, { watch: { time: 7_200_000, count: 3 } }],
  ['a map without what it needs', { watch: { count: 4 } }, {}],
  ['words for maps', { watch: false, trial: false }, { trial: null }],
  ['a map for a word', { trial: { timeout: '2s' } }, { trial: { timeout: 2_000 } }],
  ['one of two places', { place: { url: 'http://a/' } }, { place: { url: 'http://a/' } }],
];
for (const [what, written, difference] of READ) {
  test(`read, and taken by a run: ${what}`, () => {
    const value = read(written);
    assert.deepEqual(value, { ...NOTHING, ...difference });
    assert.deepEqual(form.value().parse(JSON.parse(JSON.stringify(value))), value);
  });
}

test('an environment is laid over the service: maps key by key, all else as a whole', () => {
  const service: Written = {
    count: 5,
    watch: { count: 4 },
    trial: { timeout: '2s' },
    place: { url: 'http://a/' },
  };
  const environment: Written = { limit: '1s', watch: { time: '1h' }, trial: true, place: { quiet: true } };
  assert.deepEqual(form.read(form.merge(service, environment), { service: 'shop' }), {
    ...NOTHING,
    count: 5,
    limit: 1_000,
    watch: { time: 3_600_000, count: 4 },
    place: { quiet: true },
  });
  assert.equal(read(form.merge(service, { watch: false })).watch, null);
});

test('an unknown key is refused in the file and dropped in a run', () => {
  assert.equal(form.written.safeParse({ cuont: 5 }).success, false);
  assert.deepEqual(form.value().parse({ ...NOTHING, cuont: 5 }), NOTHING);
});

test('a run has defaults for missing keys, and none that hang on a name', () => {
  assert.deepEqual(form.value().parse({ unit: 'shop.service' }), NOTHING);
  assert.equal(form.value().safeParse({}).success, false);
});

test('what a person cannot have written is refused in a run', () => {
  for (const wrong of [
    { count: 0 },
    { limit: '1s' },
    { limit: 0 },
    { watch: false },
    { watch: { count: 3 } },
  ])
    assert.equal(form.value().safeParse({ ...NOTHING, ...wrong }).success, false, JSON.stringify(wrong));
});

test('editors and the table are told of each key, its default and what else holds', () => {
  const { properties = {} } = z.toJSONSchema(form.written, { io: 'input' });
  const told = Object.entries(properties).map(([name, property]) => {
    const { default: standard, otherwise, description } = property as Record<string, unknown>;
    return [name, standard ?? otherwise ?? '', description];
  });
  assert.deepEqual(told, [
    ['count', 2, 'How many.'],
    ['unit', '<service>.service', 'Which unit.'],
    ['limit', 'no limit', 'How long.'],
    ['limits', '', 'Limits.'],
    ['watch', false, 'Whether it is watched.'],
    ['trial', true, 'Whether it is tried.'],
    ['place', '', 'Where.'],
  ]);
});
