import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gitVersion } from '../../../../src/deployment/project/git-version';
import { readFacts } from '../../../../src/deployment/project/read-facts';
import { settings } from '../../../harness/deploy-input';
import { commitOf } from './commit';

const ROWS: [string, string | null][] = [
  ['v1.4.2-0-g3fa9c1e', '1.4.2'],
  ['1.4.2-5-g3fa9c1e\n', '1.4.3.dev5+g3fa9c1e'],
  ['shop-v2.0-1-g3fa9c1e', '2.1.dev1+g3fa9c1e'],
  ['shop/1.9-0-g3fa9c1e', '1.9'],
  ['v2026.11.26-2-g3fa9c1e', '2026.11.27.dev2+g3fa9c1e'],
  ['v1.0rc1-0-g3fa9c1e', '1.0rc1'],
  ['v1.0rc1-3-g3fa9c1e', '1.0rc2.dev3+g3fa9c1e'],
  ['v3-4-g3fa9c1e', '4.dev4+g3fa9c1e'],
  ['release-of-may2-0-g3fa9c1e', null],
  ['v1.4.2; rm -rf /-0-g3fa9c1e', null],
  ['', null],
];

for (const [described, version] of ROWS)
  test(`${JSON.stringify(described)} is ${version ?? 'not a version'}`, () =>
    assert.equal(gitVersion(described), version));

test('only a project that is installed itself gets it', () => {
  const versionOf = (requirements: string) => {
    const commit = commitOf({ 'requirements.txt': requirements, 'setup.py': '' });
    return readFacts({ ...commit, version: '1.4.2' }, settings()).packaging?.version;
  };
  assert.equal(versionOf('-e .\n'), '1.4.2');
  assert.equal(versionOf('six\n'), undefined);
});
