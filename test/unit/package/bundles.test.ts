import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { COMMAND } from '../../../src/package/contents';
import { packageRoot } from '../../../src/package-root';

const BUNDLES = join(packageRoot(), dirname(COMMAND));

/** Tried by a library that works without them. */
const OPTIONAL = ['./crypto/build/Release/sshcrypto.node', 'cpu-features'];

for (const bundle of ['landfall', 'client', 'controller', 'workflow-worker-thread', 'payload-converter']) {
  test(`${bundle}.js needs no package of npm`, () => {
    const text = readFileSync(join(BUNDLES, `${bundle}.js`), 'utf8');
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name);
    const foreign = required.filter(
      (name) => !name.startsWith('node:') && !isBuiltin(name) && !OPTIONAL.includes(name),
    );
    assert.deepEqual(foreign, []);
  });
}

test('each file that a bundle looks for in its own folder is there', () => {
  for (const file of [
    'workflow-worker-thread.js',
    'payload-converter.js',
    'workflow-bundle.js',
    'mappings.wasm',
  ])
    assert.ok(existsSync(join(BUNDLES, file)), `${file} is missing`);
});
