import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Mirrors } from '../../../src/git/mirrors';
import { failsWith } from '../ssh/access';
import { Origin } from './origin';

let origin: Origin;
beforeEach(() => {
  origin = new Origin();
});
afterEach(() => origin.remove());

const resolve = (ref: string) => origin.mirrors.resolve(origin.url, ref);
const push = (...refspecs: string[]) => origin.git('push', '--quiet', '--force', 'origin', ...refspecs);
const refused = (ref: string, because: RegExp) => failsWith(resolve(ref), 'InvalidInput', because);
const mirror = () => join(origin.mirrorsFolder, readdirSync(origin.mirrorsFolder)[0] ?? '');
/** git in the repository that people push to, as whoever owns it could. */
const atOrigin = (args: string[], input?: string) =>
  execFileSync('git', ['--git-dir', origin.url, ...args], { encoding: 'utf8', input }).trim();

test('a name that is a branch and a tag is refused, and each whole name means its own', async () => {
  const first = origin.push('One');
  origin.git('tag', 'release');
  const second = origin.push('Two');
  push('HEAD:refs/heads/release', 'refs/tags/release');
  await refused('release', /it is a branch and a tag; write refs\/heads\/release or refs\/tags\/release/);
  assert.equal((await resolve('refs/tags/release')).sha, first);
  assert.equal((await resolve('refs/heads/release')).sha, second);
});

test('a branch that is named like the beginning of a commit is refused', async () => {
  const first = origin.push('One');
  const second = origin.push('Two');
  const short = first.slice(0, 9);
  push(`HEAD:refs/heads/${short}`);
  await refused(
    short,
    new RegExp(`it is refs/heads/${short} and the beginning of commit ${first}; write one`),
  );
  assert.equal((await resolve(`refs/heads/${short}`)).sha, second);
  // Digits that begin no commit are a name like any other.
  push('HEAD:refs/heads/fffffffff');
  assert.equal((await resolve('fffffffff')).sha, second);
});

test('a branch or a tag that is named like a whole commit is refused, also where the commit is known', async () => {
  const first = origin.push('One');
  origin.push('Two');
  assert.equal((await resolve(first)).sha, first);
  for (const [kind, of] of [
    ['heads', 'branch'],
    ['tags', 'tag'],
  ]) {
    atOrigin(['update-ref', `refs/${kind}/${first}`, 'refs/heads/main']);
    // The mirror learns of it with the next fetch.
    await resolve('main');
    await refused(first, new RegExp(`it is also the name of a ${of}; rename that one`));
    atOrigin(['update-ref', '-d', `refs/${kind}/${first}`]);
    await resolve('main');
  }
  assert.equal((await resolve(first)).sha, first);
});

test('a commit that no branch and no tag holds cannot be deployed, whatever else holds it', async () => {
  const first = origin.push('One');
  await resolve('main');
  const proposed = origin.commit('Proposed by anybody');
  push('HEAD:refs/pull/1/head', 'HEAD:refs/notes/x');
  for (const ref of [proposed, proposed.slice(0, 10)])
    await refused(ref, /has no branch, tag or commit called/);
  await refused('pull/1/head', /it is a proposed change/);
  await refused('refs/pull/1/head', /it is a proposed change/);
  // Nor one that the mirror still has of a branch that was pushed over.
  push('HEAD:refs/heads/main');
  assert.equal((await resolve('main')).sha, proposed);
  push(`${first}:refs/heads/main`);
  assert.equal((await resolve('main')).sha, first);
  await refused(proposed, /has no branch, tag or commit called .* was pushed|has no branch/);
  push(`${proposed}:refs/tags/kept`);
  assert.equal((await resolve(proposed)).sha, proposed);
});

test('a mirror has branches and tags, and no more', async () => {
  origin.push('One');
  push('HEAD:refs/pull/1/head', 'HEAD:refs/heads/other', 'HEAD:refs/tags/v1');
  atOrigin(['update-ref', 'refs/replace/0123456789012345678901234567890123456789', 'refs/heads/main']);
  await resolve('main');
  const refs = execFileSync('git', ['--git-dir', mirror(), 'for-each-ref', '--format=%(refname)'], {
    encoding: 'utf8',
  });
  assert.deepEqual(refs.trim().split('\n'), ['refs/heads/main', 'refs/heads/other', 'refs/tags/v1']);
  assert.equal(existsSync(join(mirror(), 'FETCH_HEAD')), false);
  assert.doesNotMatch(readFileSync(join(mirror(), 'config'), 'utf8'), /remote|url/);
});

test('no configuration or hook of anybody runs on what was fetched', async (t) => {
  const marker = join(origin.folder, 'ran');
  const hooks = join(origin.folder, 'hooks');
  mkdirSync(hooks);
  for (const hook of ['reference-transaction', 'post-checkout'])
    writeFileSync(join(hooks, hook), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
  const home = join(origin.folder, 'home');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = touch ${marker}\n` +
      `[filter "x"]\n\tsmudge = touch ${marker}; cat\n\tclean = touch ${marker}; cat\n` +
      `[tar "tar.gz"]\n\tcommand = touch ${marker}; gzip\n`,
  );
  const before = process.env.HOME;
  t.after(() => {
    process.env.HOME = before;
  });
  origin.push('One', { '.gitattributes': '* filter=x\n', file: 'text\n' });
  process.env.HOME = home;
  const { sha } = await resolve('main');
  const tree = await origin.mirrors.tree(origin.url, sha, null);
  await origin.mirrors.archive(origin.url, tree);
  assert.equal(existsSync(marker), false);
});

test('the login of the configuration is still used to fetch', async (t) => {
  origin.push('One');
  const home = join(origin.folder, 'home');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    `[url "${origin.folder}/"]\n\tinsteadOf = https://git.example.invalid/\n`,
  );
  const before = process.env.HOME;
  t.after(() => {
    process.env.HOME = before;
  });
  process.env.HOME = home;
  assert.equal((await origin.mirrors.resolve('https://git.example.invalid/shop.git', 'main')).subject, 'One');
});

test('objects that were made to mislead git are not taken', async () => {
  origin.push('One');
  const blob = atOrigin(['hash-object', '-w', '--stdin'], 'x');
  for (const name of ['.git', '..']) {
    const tree = atOrigin(['mktree'], `100644 blob ${blob}\t${name}\n`);
    const env = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
    const commit = atOrigin([...env, 'commit-tree', '-m', 'bad', tree]);
    atOrigin(['update-ref', 'refs/heads/bad', commit]);
    const { details } = await failsWith(
      new Mirrors(join(origin.folder, `for-${name.length}`)).resolve(origin.url, 'bad'),
      'CommandFailed',
      /could not be read: git fetch failed/,
    );
    assert.match(details.evidence?.output ?? '', /hasDotgit|hasDotdot/);
    assert.match(details.advice, /fetch\.fsck/);
  }
});

test('a repository that borrows the objects of another does not make the mirror borrow too', async () => {
  origin.push('One');
  const borrower = join(origin.folder, 'borrower.git');
  execFileSync('git', ['clone', '--quiet', '--bare', '--shared', origin.url, borrower]);
  assert.equal((await origin.mirrors.resolve(borrower, 'main')).subject, 'One');
  assert.equal(existsSync(join(mirror(), 'objects', 'info', 'alternates')), false);
});
