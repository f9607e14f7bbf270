import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, isOf } from '../../../../src/deployment/project/python-version';

/** Specifiers, and versions that fit them; then versions that do not. */
const SPECIFIERS: [string, string[], string[]][] = [
  ['>=3.11', ['3.11.0', '3.11.2', '3.12.0', '4.0.0', '3.14.0rc1'], ['3.10.14', '2.7.18']],
  ['>=3.11.3', ['3.11.3', '3.12.0'], ['3.11.2']],
  ['>=3.11, <3.13', ['3.11.0', '3.12.9'], ['3.13.0', '3.10.1']],
  ['>3.11', ['3.11.1', '3.12.0'], ['3.11.0', '3.10.2']],
  ['<=3.11', ['3.11.0', '3.9.1'], ['3.11.1']],
  ['==3.11.*', ['3.11.0', '3.11.9'], ['3.12.0']],
  ['==3.11.2', ['3.11.2'], ['3.11.3']],
  ['===3.11.2', ['3.11.2'], ['3.11.3']],
  ['!=3.11.2', ['3.11.3'], ['3.11.2']],
  ['>=3.9,!=3.10.*', ['3.9.1', '3.11.2'], ['3.10.4']],
  ['~=3.11', ['3.11.0', '3.12.1'], ['3.10.1', '4.0.0']],
  ['~=3.11.2', ['3.11.2', '3.11.9'], ['3.11.1', '3.12.0']],
  ['>=3.9.*', ['3.9.0', '3.12.1'], ['3.8.9']],
  // Left to the installer, which refuses what does not fit.
  ['^3.11', ['2.7.18'], []],
  ['', ['3.11.2'], []],
];

for (const [specifiers, good, bad] of SPECIFIERS)
  test(`a Python fits requires-python: ${specifiers}`, () => {
    for (const version of good) assert.ok(fits(version, specifiers), version);
    for (const version of bad) assert.ok(!fits(version, specifiers), version);
  });

test('3.12 names every release of it, 3.12.4 one', () => {
  assert.deepEqual(
    ['3.12.0', '3.12.11+', '3.1.2', '3.120.1', 'none'].map((version) => isOf(version, '3.12')),
    [true, true, false, false, false],
  );
  assert.deepEqual(
    ['3.12.4', '3.12.40'].map((version) => isOf(version, '3.12.4')),
    [true, false],
  );
});
