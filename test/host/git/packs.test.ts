import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Origin } from './origin';

let origin: Origin;
let first: string;
let second: string;
let third: string;
before(async () => {
  origin = new Origin();
  first = origin.push('One', { 'main.py': 'app = 1\n', 'old.txt': 'old\n' });
  second = origin.push('Two', { 'main.py': 'app = 2\n', 'old.txt': 'new\n' });
  // A file as it was two commits before: a shallow checkout lacks it.
  third = origin.push('Three', { 'main.py': 'app = 3\n', 'old.txt': 'old\n' });
  await origin.mirrors.resolve(origin.url, third);
});
after(() => origin.remove());

function clone(name: string, ...more: string[]): string {
  const place = join(origin.folder, name);
  execFileSync('git', ['clone', '--quiet', ...more, `file://${origin.url}`, place]);
  return place;
}

const git = (place: string, ...words: string[]) =>
  execFileSync('git', ['-C', place, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** Sends what a checkout at `second` lacks of `third`. @returns the objects that came */
async function complete(place: string, has: string | null, shallow: boolean): Promise<number> {
  const pack = await origin.mirrors.pack(origin.url, third, { has, shallow });
  const input = readFileSync(pack.file);
  assert.equal(pack.bytes, input.length);
  assert.equal(pack.sha256, createHash('sha256').update(input).digest('hex'));
  execFileSync('git', ['-C', place, 'index-pack', '--stdin'], { input, stdio: ['pipe', 'ignore', 'ignore'] });
  await pack.remove();
  assert.ok(!existsSync(pack.file));
  git(place, 'reset', '--hard', '--quiet', third);
  assert.equal(readFileSync(join(place, 'old.txt'), 'utf8'), 'old\n');
  return input.readUInt32BE(8);
}

test('a checkout gets the objects that it lacks, whole or shallow, and all of them where nothing is known', async () => {
  git(origin.url, 'branch', 'earlier', second);
  const whole = clone('whole', '--branch', 'earlier', '--single-branch');
  // The commit, its tree and two files.
  assert.equal(await complete(whole, second, false), 4);
  const shallow = clone('shallow', '--branch', 'earlier', '--depth', '1');
  assert.equal(git(shallow, 'rev-list', '--count', 'HEAD'), '1');
  assert.equal(await complete(shallow, second, true), 4);
  const unknown = clone('unknown', '--branch', 'earlier', '--single-branch');
  assert.equal(await complete(unknown, null, false), 11);
});

test('a mirror says whether it has a commit', async () => {
  const known = [first, third, 'f'.repeat(40)].map((commit) => origin.mirrors.has(origin.url, commit));
  assert.deepEqual(await Promise.all(known), [true, true, false]);
});
