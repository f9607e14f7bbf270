import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, parseConfig } from '../../../src/config';

function problemsOf(text: string): string {
  try {
    parseConfig('landfall.yaml', text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
}

test('a key written twice is refused, at the second one', () => {
  assert.equal(
    problemsOf('service: a\nrepository: /r\nservice: b\n'),
    'landfall.yaml:3:1: this key is here twice; remove one of the two',
  );
});

test('text that is not YAML is refused without quoting it', () => {
  const text = 'service: shop\nenv: {\n  PASSWORD: "hunter2\n';
  const message = problemsOf(text);
  assert.match(message, /^landfall\.yaml:\d+:\d+: a character is missing here/);
  assert.doesNotMatch(message, /hunter2/);
  assert.doesNotMatch(problemsOf('a: b\n@hunter2 : x\n%hunter2'), /hunter2/);
});

test('an empty file, a list and a second document are refused', () => {
  assert.equal(problemsOf(''), 'landfall.yaml:1:1: is empty');
  assert.match(problemsOf('- a\n'), /found a list; allowed: a map with service, repository/);
  assert.match(problemsOf('a: b\n---\nc: d\n'), /a second document begins here/);
});

test('tags are not understood', () => {
  assert.match(problemsOf('service: !secret shop\n'), /1:10: tags such as !secret are not understood/);
});

test('an alias shares settings; its problems are reported where they are written', () => {
  const text = `service: shop
repository: /srv/git/shop
environments:
  staging: { hosts: [s1], gunicorn: &small { workers: 1 } }
  production: { hosts: [w1], gunicorn: *small }
`;
  const config = parseConfig('landfall.yaml', text);
  assert.equal(config.environments.get('production')?.settings.gunicorn.workers, 1);
  assert.match(
    problemsOf(text.replace('workers: 1', 'workers: 0')),
    /4:55: .*workers: found 0; allowed: a whole number/,
  );
});

test('an alias bomb ends at once instead of filling the memory', () => {
  const levels = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [name, below] of [...'bcdefghi'].map((letter, index) => [letter, 'abcdefgh'[index]])) {
    levels.push(`${name}: &${name} [${Array(9).fill(`*${below}`).join(', ')}]`);
  }
  assert.match(problemsOf(levels.join('\n')), /aliases \(\*name\) are used too often or within themselves/);
});

test('a file that is too large or nested too deeply is refused', () => {
  assert.match(problemsOf(`service: ${'x'.repeat(100_001)}`), /larger than 100000 bytes/);
  assert.match(
    problemsOf(`a: ${'['.repeat(40_000)}`),
    /^landfall\.yaml:1:\d+: the file is nested too deeply$/,
  );
});

test('a key named __proto__ is an unknown key like any other', () => {
  assert.match(problemsOf('service: a\n__proto__: { service: b }\n'), /__proto__: unknown key/);
});
