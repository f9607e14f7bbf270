import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Mirrors } from '../../../src/git/mirrors';
import { failsWith } from '../ssh/access';
import { Origin } from './origin';

let origin: Origin;
beforeEach(() => {
  origin = new Origin();
});
afterEach(() => origin.remove());

const resolve = (ref: string) => origin.mirrors.resolve(origin.url, ref);

test('a branch, a tag, a short and a full SHA mean their commit, with its subject', async () => {
  const first = origin.push('One: the first\n\nThe body.');
  origin.git('tag', '-a', '-m', 'a tag object', 'v1');
  origin.git('push', '--quiet', 'origin', 'v1');
  const second = origin.push('Two');
  assert.deepEqual(await resolve('main'), { sha: second, subject: 'Two' });
  for (const ref of ['v1', 'refs/tags/v1', first.slice(0, 8), first]) {
    assert.deepEqual(await resolve(ref), { sha: first, subject: 'One: the first' }, ref);
  }
});

test('a ref means what the repository has now: after a push, a force push, a deleted branch', async () => {
  const first = origin.push('One');
  assert.equal((await resolve('main')).sha, first);
  const second = origin.push('Two');
  assert.equal((await resolve('main')).sha, second);
  origin.git('reset', '--quiet', '--hard', first);
  const forced = origin.push('Two, but better');
  assert.equal((await resolve('main')).sha, forced);
  origin.git('push', '--quiet', 'origin', 'HEAD:feature');
  assert.equal((await resolve('feature')).sha, forced);
  origin.git('push', '--quiet', '--delete', 'origin', 'feature');
  await failsWith(resolve('feature'), 'InvalidInput', /has no branch, tag or commit called "feature"/);
});

test('a branch that takes the place of a folder of branches is fetched too', async () => {
  const first = origin.push('One');
  origin.git('push', '--quiet', 'origin', 'HEAD:fix/one');
  assert.equal((await resolve('fix/one')).sha, first);
  origin.git('push', '--quiet', '--delete', 'origin', 'fix/one');
  origin.git('push', '--quiet', 'origin', 'HEAD:refs/heads/fix');
  assert.equal((await resolve('fix')).sha, first);
});

test('a full SHA that was fetched once is known to any worker without the repository', async () => {
  const first = origin.push('One');
  await resolve('main');
  const later = new Mirrors(origin.mirrorsFolder);
  renameSync(origin.url, `${origin.url}.away`);
  assert.equal((await later.resolve(origin.url, first)).sha, first);
  await failsWith(later.resolve(origin.url, 'main'), 'CommandFailed', /could not be read: git fetch failed/);
});

test('a name of no commit is refused with that reason', async () => {
  origin.push('One', { 'a/file': 'x' });
  for (const ref of ['no-such', 'f'.repeat(40), 'heads/main', 'refs/heads/no-such', 'f'.repeat(12)]) {
    await failsWith(resolve(ref), 'InvalidInput', /has no branch, tag or commit called/);
  }
});

test('the first clone of many at once is made once, and nothing half is left', async () => {
  const first = origin.push('One');
  const resolved = await Promise.all(Array.from({ length: 10 }, () => resolve('main')));
  assert.deepEqual(new Set(resolved.map(({ sha }) => sha)), new Set([first]));
  assert.deepEqual(
    readdirSync(origin.mirrorsFolder).filter((name) => !name.endsWith('.git')),
    [],
  );
});

test('two workers that clone at once do not disturb each other', async () => {
  const first = origin.push('One');
  const workers = [1, 2, 3].map(() => new Mirrors(origin.mirrorsFolder));
  const resolved = await Promise.all(workers.map((worker) => worker.resolve(origin.url, 'main')));
  assert.deepEqual(new Set(resolved.map(({ sha }) => sha)), new Set([first]));
  assert.equal(readdirSync(origin.mirrorsFolder).length, 1);
});

test('what was pushed while another fetch was under way is seen', async (t) => {
  origin.push('One');
  await resolve('main');
  // A git whose fetch lingers after it has asked for the refs.
  const asked = join(origin.folder, 'asked');
  const lingering = `case "$*" in *" fetch "*) git "$@"; touch '${asked}'; sleep 1;; *) exec git "$@";; esac`;
  writeFileSync(join(origin.folder, 'git'), `#!/bin/sh\nPATH='${process.env.PATH}'\n${lingering}\n`, {
    mode: 0o755,
  });
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = `${origin.folder}:${PATH}`;
  const earlier = resolve('main');
  while (!existsSync(asked)) await delay(10);
  const pushed = origin.push('Two');
  assert.equal((await resolve('main')).sha, pushed);
  await earlier;
});

test('only the worker itself may read a mirror', async () => {
  origin.push('One');
  await resolve('main');
  const [mirror = ''] = readdirSync(origin.mirrorsFolder);
  assert.equal(statSync(`${origin.mirrorsFolder}/${mirror}`).mode & 0o077, 0);
});
