import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Mirrors } from '../../../src/git/mirrors';
import { failsWith } from '../ssh/access';
import { Origin } from './origin';

let origin: Origin;
let commit: string;
before(async () => {
  origin = new Origin();
  origin.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  commit = origin.commit('One', { 'services/shop/main.py': 'app = 1\n', 'README.md': 'x\n' });
  origin.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
  origin.git('commit', '--quiet', '-m', 'Two');
  origin.git('push', '--quiet', 'origin', 'HEAD');
  commit = origin.git('rev-parse', 'HEAD').trim();
  await origin.mirrors.resolve(origin.url, 'main');
});
after(() => origin.remove());

const tree = (path: string | null) => origin.mirrors.tree(origin.url, commit, path);
const members = (file: string) =>
  execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).split('\n').filter(Boolean).sort();

test('a folder of a monorepo is archived without what is around it', async () => {
  const all = await origin.mirrors.archive(origin.url, await tree(null));
  assert.deepEqual(
    members(all.file).filter((name) => !name.endsWith('/')),
    ['README.md', 'services/shop/main.py'],
  );
  const shop = await origin.mirrors.archive(origin.url, await tree('services/shop'));
  assert.deepEqual(members(shop.file), ['main.py']);
  // One block for each file and folder; a submodule is an empty folder.
  assert.deepEqual(all.unpacked, { bytes: 5 * 4096, inodes: 5 });
  const bytes = readFileSync(shop.file);
  assert.equal(shop.bytes, bytes.length);
  assert.equal(shop.sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('a missing path, a file and a submodule are not folders', async () => {
  for (const path of ['services/blog', 'README.md', 'services/shop/main.py', 'module', '../shop', '--all']) {
    const { details } = await failsWith(tree(path), 'InvalidInput', new RegExp(`has no folder ${path}`));
    assert.match(details.advice, /`path:`/);
  }
});

test('all hosts of a deploy get one and the same archive', async () => {
  const name = await tree('services/shop');
  const made = await Promise.all([1, 2, 3, 4].map(() => origin.mirrors.archive(origin.url, name)));
  assert.equal(new Set(made.map(({ file, sha256 }) => file + sha256)).size, 1);
});

test('a removed archive is made again', async () => {
  const first = await origin.mirrors.archive(origin.url, await tree(null));
  rmSync(first.file);
  const second = await origin.mirrors.archive(origin.url, await tree(null));
  assert.ok(existsSync(second.file));
});

test('archives of a killed worker go after a day, those of a running one with it', async () => {
  const lost = join(origin.mirrorsFolder, `${'a'.repeat(40)}-1.tar.gz`);
  const young = join(origin.mirrorsFolder, `${'b'.repeat(40)}-1.tar.gz`);
  const half = join(origin.mirrorsFolder, '.partial-x');
  for (const file of [lost, young, half]) writeFileSync(file, '');
  for (const file of [lost, half]) utimesSync(file, 0, 0);
  const worker = new Mirrors(origin.mirrorsFolder);
  const { file } = await worker.archive(origin.url, await tree(null));
  assert.deepEqual([lost, half, young, file].map(existsSync), [false, false, true, true]);
  await worker.close();
  assert.equal(existsSync(file), false);
});

test('a tree that is not there is a failure that is not kept', async () => {
  const archive = () => origin.mirrors.archive(origin.url, 'f'.repeat(40));
  await failsWith(archive(), 'CommandFailed', /could not be read: git archive failed/);
  await failsWith(archive(), 'CommandFailed', /could not be read: git archive failed/);
  assert.deepEqual(
    readdirSync(origin.mirrorsFolder).filter((name) => name.startsWith('ffff')),
    [],
  );
});
