/** The keys `build` and `public`: read, merged and checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../src/config';

function settingsOf(keys: string, environment = '{}') {
  const file = `service: shop\nrepository: /srv/git/shop.git\n${keys}\nenvironments:\n  production:\n    hosts: [web1]\n    ${environment === '{}' ? '' : environment}\n`;
  const settings = parseConfig('landfall.yaml', file).environments.get('production')?.settings;
  assert.ok(settings !== undefined);
  return settings;
}

const DEFAULTS = { env: {}, needs: [], timeout: 900_000, memory: null };

test('a list of commands is short for a map, and an environment changes either', () => {
  assert.equal(settingsOf('').build, null);
  assert.equal(settingsOf('build: []').build, null);
  assert.deepEqual(settingsOf('build: [npm ci, [npm, run, build]]').build, {
    ...DEFAULTS,
    commands: ['npm ci', ['npm', 'run', 'build']],
  });
  assert.deepEqual(settingsOf('build: [npm ci]', 'build: { env: { A: b } }').build, {
    ...DEFAULTS,
    commands: ['npm ci'],
    env: { A: 'b' },
  });
  const both = settingsOf('build: { commands: [npm ci], env: { A: b } }', 'build: [make]').build;
  assert.deepEqual(both, { ...DEFAULTS, commands: ['make'], env: { A: 'b' } });
  assert.equal(settingsOf('build: [npm ci]', 'build: []').build, null);
});

for (const [keys, problem] of [
  ['build: npm ci', /build: found "npm ci"; allowed: a list of at most 20 commands/],
  ['build: { command: [a] }', /build/],
  ['build: { commands: [a], needs: [/usr/bin/node] }', /needs\[0\]: .* a program such as node/],
  [
    'build: { commands: [a], env: { SECRET_KEY: abc } }',
    /SECRET_KEY.* write build as its value, .*install\.env/,
  ],
  ['env: { SECRET_KEY: build }', /SECRET_KEY: .*envFiles/],
  ['public: [/srv/shop/static]', /public\[0\]: .*a path inside the repository/],
  ['public: [../static]', /public\[0\]/],
] as [string, RegExp][])
  test(`refused: ${keys}`, () => assert.throws(() => settingsOf(keys), problem));

test('a build that only wants a secret to be set gets a value that is not one', () => {
  assert.deepEqual(settingsOf('build: { commands: [a], env: { SECRET_KEY: build } }').build?.env, {
    SECRET_KEY: 'build',
  });
});
