import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMPILED, compiledBundle, runBundle } from '../../../src/cli/bundle';

test('this version of Node takes the compiled code that the build wrote', () => {
  assert.equal(compiledBundle(readFileSync(COMPILED)).cachedDataRejected, false);
});

test('compiled code of another version of Node is ignored', () => {
  assert.equal(compiledBundle(Buffer.from('another version')).cachedDataRejected, true);
});

test('a bundle from before the last run of the compiler is not used', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const compilerOutput = join(folder, 'client.js');
  writeFileSync(compilerOutput, '');
  const later = new Date(Date.now() + 60_000);
  utimesSync(compilerOutput, later, later);
  assert.equal(runBundle(compilerOutput), false);
});
