import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMAND, packageContents } from '../../../src/package/contents';
import { nativeModule } from '../../../src/package/native-module';
import { packageRoot } from '../../../src/package-root';
import { assemble } from '../../../tools/assemble';

const MACHINES = [
  { platform: 'linux', arch: 'x64', native: 'native/x86_64-unknown-linux-gnu/index.node' },
  { platform: 'linux', arch: 'arm64', native: 'native/aarch64-unknown-linux-gnu/index.node' },
  { platform: 'darwin', arch: 'arm64', native: 'native/aarch64-apple-darwin/index.node' },
];

for (const { native, ...machine } of MACHINES) {
  test(`a folder for ${machine.platform} ${machine.arch} has one native module, the one of that machine`, () => {
    const contents = packageContents(machine);
    const modules = contents.filter(({ path }) => path.endsWith('.node'));
    assert.deepEqual(
      modules.map(({ path }) => path),
      [`build/package/${native}`],
    );
    assert.equal(modules[0]?.from, nativeModule(machine));
  });
}

test('a machine without a native module is named, with the machines that have one', () => {
  assert.throws(
    () => packageContents({ platform: 'linux', arch: 'riscv64' }),
    /no native module for linux riscv64\. Use a machine with x64 or arm64/,
  );
});

test('an assembled folder has everything that root and the worker read, and nothing of the tests', (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'landfall-assembled-'));
  t.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, 'landfall');
  assemble(folder);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const needed of ['package.json', 'host/contract.json', 'host/landfall_host/verbs.py', COMMAND])
    assert.ok(files.includes(needed), `${needed} is missing`);
  assert.deepEqual(
    files.filter((file) => /__pycache__|host\/tests|node_modules/.test(file)),
    [],
  );
  assert.throws(() => assemble(folder), /exists already/);
});

test('the package of npm needs nothing at run time but the native half of the SDK', () => {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(dependencies), ['@temporalio/core-bridge']);
});
