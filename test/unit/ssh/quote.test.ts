import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { commandLine, quote } from '../../../src/ssh/quote';

test('a shell gives back every word as it was', () => {
  const words = [
    '',
    ' ',
    "it's",
    '"',
    '$HOME',
    '`id`',
    '\\',
    '*',
    '~',
    '!x',
    'a\nb',
    ';',
    '&',
    'ü',
    '-n',
    "'; id #",
  ];
  const printed = execFileSync('sh', ['-c', commandLine(['printf', '%s\\0', ...words])]);
  assert.deepEqual(printed.toString('utf8').split('\0').slice(0, -1), words);
});

test('a plain word stays readable', () => {
  assert.equal(commandLine(['sudo', '-n', '/usr/bin/true', 'a=b']), 'sudo -n /usr/bin/true a=b');
});

test('a NUL is refused, since no shell can take it', () => {
  assert.throws(() => quote('a\0b'), RangeError);
});
