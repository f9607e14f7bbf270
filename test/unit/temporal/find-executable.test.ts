import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { packageRoot } from '../../../src/package-root';
import {
  cachedTemporal,
  type FindTemporalOptions,
  findTemporal,
  TemporalNotFound,
  temporalCliVersion,
} from '../../../src/temporal/find-executable';

let directory: string;
let lines: string[];
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'find-temporal-'));
});
after(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  lines = [];
});

/** Writes an executable file and returns its path. */
function put(
  path: string,
  script = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"',
  mode = 0o755,
) {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, mode);
  return file;
}

function find(options: Partial<FindTemporalOptions> = {}) {
  return findTemporal({
    env: {},
    cacheDir: join(directory, 'empty'),
    progress: (line) => lines.push(line),
    ...options,
  });
}

test('a setting goes before PATH and cache, and an option before the environment', async () => {
  const set = put('set/temporal');
  const onPath = put('path/temporal');
  const env = { LANDFALL_TEMPORAL: onPath, PATH: dirname(onPath) };
  assert.deepEqual(await find({ explicit: set, env }), { path: set, from: 'setting' });
  assert.deepEqual(await find({ env }), { path: onPath, from: 'setting' });
});

test('a wrong setting is an error that names it, even with a good one on PATH', async () => {
  const env = { LANDFALL_TEMPORAL: '/nowhere/temporal', PATH: dirname(put('good/temporal')) };
  await assert.rejects(find({ env }), (error: Error) => {
    assert.ok(error instanceof TemporalNotFound);
    assert.match(
      error.message,
      /^LANDFALL_TEMPORAL is not a usable Temporal executable:\n {2}- \/nowhere\/temporal: not there\n/,
    );
    return true;
  });
});

test('a file on PATH that cannot be used is passed over with a word', async () => {
  const other = put('other/temporal', 'echo "calendar 2.0"');
  const plain = put('plain/temporal', '', 0o644);
  const failing = put('failing/temporal', 'exit 3');
  const good = put('last/temporal');
  const PATH = ['/nowhere', dirname(other), dirname(plain), dirname(failing), dirname(good)].join(':');
  assert.deepEqual(await find({ env: { PATH } }), { path: good, from: 'path' });
  assert.deepEqual(lines, [
    `Skipped ${other}: --version says that it is something else.`,
    `Skipped ${plain}: not executable.`,
    `Skipped ${failing}: --version failed (3).`,
  ]);
});

test('the cache follows XDG_CACHE_HOME, then HOME', async () => {
  const cached = put(`xdg/landfall/temporal/${temporalCliVersion}/temporal`);
  const env = { XDG_CACHE_HOME: join(directory, 'xdg'), HOME: '/home/ann' };
  assert.deepEqual(await find({ env, cacheDir: undefined }), { path: cached, from: 'cache' });
  assert.equal(
    cachedTemporal({ HOME: '/home/ann' }),
    `/home/ann/.cache/landfall/temporal/${temporalCliVersion}/temporal`,
  );
});

test('with none here the download is offered, and announced', async () => {
  const into = join(directory, 'empty/temporal', temporalCliVersion);
  const tried = ['temporal on PATH: not there', `${join(into, 'temporal')}: not there`];
  assert.deepEqual(await find(), { download: true, directory: into, tried });
  assert.deepEqual(lines, [`Downloading Temporal's development server once, into ${into}.`]);
});

test('without a download the error lists every place', async () => {
  const broken = put('broken/temporal', 'exit 1');
  await assert.rejects(find({ env: { PATH: dirname(broken) }, download: false }), (error: Error) => {
    assert.ok(error instanceof TemporalNotFound);
    assert.deepEqual(error.tried, [
      `${broken}: --version failed (1)`,
      'temporal on PATH: no other',
      `${join(directory, 'empty/temporal', temporalCliVersion, 'temporal')}: not there`,
      'download: not allowed',
    ]);
    return true;
  });
});

test('the module that builds it pins the same release', () => {
  const module = readFileSync(join(packageRoot(), 'tools/temporal-cli/go.mod'), 'utf8');
  assert.match(module, new RegExp(`^require github.com/temporalio/cli v${temporalCliVersion}$`, 'm'));
});
