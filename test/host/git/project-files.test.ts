import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Origin } from './origin';

let origin: Origin;
before(() => {
  origin = new Origin();
});
after(() => origin.remove());

test('all files with their kinds, and the contents of those that tell something', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`;
  origin.commit('One', {
    'app/requirements.txt': '-r ../shared/pinned.txt\n',
    'shared/pinned.txt': '-c more.txt\n',
    'shared/more.txt': 'six==1.17.0\n',
    'pyproject.toml': '[project]\nname = "ünicode"\n',
    'app/main.py': 'app = 1\n',
    'other/main.py': 'not read\n',
    'app/model.bin': pointer,
    'app/data.bin': 'x'.repeat(5_000),
    'app/an odd\tname\n.txt': '',
    '.python-version': '3.12\n',
    'app/.env': 'A=1\n',
  });
  const inside = origin.git('rev-parse', 'HEAD').trim();
  origin.git('update-index', '--add', '--cacheinfo', `160000,${inside},app/vendor`);
  const link = origin.git('hash-object', '-w', '--stdin').trim();
  origin.git('update-index', '--add', '--cacheinfo', `120000,${link},app/link`);
  origin.git('commit', '--quiet', '-m', 'Two');
  origin.git('push', '--quiet', '--force', 'origin', 'HEAD');
  const { sha } = await origin.mirrors.resolve(origin.url, 'main');

  const { folder, entries, contents } = await origin.mirrors.project(origin.url, sha, 'app', []);
  assert.equal(folder, 'app');
  const kinds = Object.fromEntries(entries.map(({ path, kind, bytes }) => [path, [kind, bytes]]));
  assert.deepEqual(kinds['app/vendor'], ['submodule', 0]);
  assert.deepEqual(kinds['app/link'], ['link', 0]);
  assert.deepEqual(kinds['app/data.bin'], ['file', 5_000]);
  assert.deepEqual(kinds['app/an odd\tname\n.txt'], ['file', 0]);
  assert.equal(entries.length, 13);
  assert.deepEqual([...contents.keys()].sort(), [
    '.python-version',
    'app/.env',
    'app/link',
    'app/main.py',
    'app/model.bin',
    'app/requirements.txt',
    'pyproject.toml',
    'shared/more.txt',
    'shared/pinned.txt',
  ]);
  const text = (path: string) => Buffer.from(contents.get(path) ?? []).toString();
  assert.equal(text('pyproject.toml'), '[project]\nname = "ünicode"\n');
  assert.equal(text('app/model.bin'), pointer);
  assert.equal(text('shared/more.txt'), 'six==1.17.0\n');
});

test('the version that the tags of the repository give', async () => {
  const versionOf = async (sha: string) => (await origin.mirrors.project(origin.url, sha, null, [])).version;
  const before = origin.push('Untagged', { 'a.txt': '1' });
  await origin.mirrors.resolve(origin.url, before);
  assert.equal(await versionOf(before), undefined);
  const sha = origin.push('Tagged', { 'a.txt': '2' });
  origin.git('tag', 'v1.4.2');
  origin.git('push', '--quiet', '--tags', 'origin');
  const after = origin.push('After it', { 'a.txt': '3' });
  await origin.mirrors.resolve(origin.url, after);
  assert.deepEqual(
    [await versionOf(sha), await versionOf(after)],
    ['1.4.2', `1.4.3.dev1+g${after.slice(0, 7)}`],
  );
});

test('a requirement file of any name that landfall.yaml names', async () => {
  const sha = origin.push('Three', { 'app/deps/all.lst': '-r base.lst\n', 'app/deps/base.lst': 'six\n' });
  await origin.mirrors.resolve(origin.url, 'main');
  const { contents } = await origin.mirrors.project(origin.url, sha, 'app', ['deps/all.lst', 'no.txt']);
  assert.ok(contents.has('app/deps/all.lst') && contents.has('app/deps/base.lst'));
});
