import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { git, withoutCredentials } from '../../../src/git/git';
import { Mirrors } from '../../../src/git/mirrors';
import { failsWith } from '../ssh/access';
import { Origin } from './origin';

let origin: Origin;
before(() => {
  origin = new Origin();
  origin.push('One');
});
after(() => origin.remove());

const mirrorFolder = () => {
  const [name = ''] = readdirSync(origin.mirrorsFolder).filter((each) => each.endsWith('.git'));
  return join(origin.mirrorsFolder, name);
};

test('a repository that is not there is said so, with what to check', async () => {
  const missing = join(origin.folder, 'missing.git');
  const { details } = await failsWith(
    origin.mirrors.resolve(missing, 'main'),
    'CommandFailed',
    /The repository .*missing\.git could not be read: git fetch failed: .*missing\.git' does not appear to be a git/,
  );
  assert.match(details.advice, /address and the access/);
  assert.match(details.evidence?.output ?? '', /access rights/);
});

test('an address that would run a command, or does not prove who answers, is refused', async () => {
  const owned = join(origin.folder, 'owned');
  for (const address of [
    `ext::sh -c "touch ${owned}"`,
    `--upload-pack=touch ${owned}`,
    `--config=core.x=${owned}`,
    `ssh://-oProxyCommand=touch%20${owned}/x`,
    `-oProxyCommand=x@host:shop.git`,
    'git://example.com/shop.git',
    'http://example.com/shop.git',
    'relative/shop.git',
  ]) {
    await failsWith(origin.mirrors.resolve(address, 'main'), 'InvalidInput', /is not read: .* are allowed/);
  }
  assert.equal(existsSync(owned), false);
});

test('a login in an address is nowhere in the failure', async () => {
  const address = 'https://deployer:s3cr3t@t0ken@127.0.0.1:1/shop.git';
  const failure = await failsWith(
    origin.mirrors.resolve(address, 'main'),
    'CommandFailed',
    /could not be read/,
  );
  assert.doesNotMatch(JSON.stringify(failure), /s3cr3t|t0ken|deployer/);
  assert.match(failure.message, /https:\/\/127\.0\.0\.1:1\/shop\.git/);
});

test('the login is taken out of any text, and nothing else', () => {
  assert.equal(
    withoutCredentials("fatal: 'https://a:b@c/d' and ssh://git@h/x; git@h:x; a@b.c http://h/x@y"),
    "fatal: 'https://c/d' and ssh://h/x; git@h:x; a@b.c http://h/x@y",
  );
});

test('a server that never answers is given up, in words', async (t) => {
  const peers: Socket[] = [];
  const server = createServer((peer) => peers.push(peer.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const peer of peers) peer.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const mirrors = new Mirrors(join(origin.folder, 'hasty'), 500);
  await failsWith(
    mirrors.resolve(`https://127.0.0.1:${port}/shop.git`, 'main'),
    'CommandFailed',
    /git fetch failed: it did not end within 0\.5 s/,
  );
  assert.deepEqual(readdirSync(join(origin.folder, 'hasty')), []);
});

test('a failed clone is tried again by the next who asks', async () => {
  const later = join(origin.folder, 'later.git');
  await failsWith(origin.mirrors.resolve(later, 'main'), 'CommandFailed', /could not be read/);
  await git(['clone', '--quiet', '--bare', origin.url, later]);
  assert.equal((await origin.mirrors.resolve(later, 'main')).subject, 'One');
});

test('a mirror that a kill left locked or half written is made again', async () => {
  const mirrors = new Mirrors(join(origin.folder, 'state', 'mirrors'));
  for (const lock of ['packed-refs.lock', 'refs/heads/main.lock']) {
    origin.git('push', '--quiet', 'origin', 'HEAD:other');
    await origin.mirrors.resolve(origin.url, 'other');
    writeFileSync(join(mirrorFolder(), lock), '');
    const pushed = origin.push(`After ${lock}`);
    // A deleted branch is what rewrites packed refs.
    origin.git('push', '--quiet', 'origin', '--delete', 'other');
    assert.equal((await mirrors.resolve(origin.url, 'main')).sha, pushed, lock);
  }
  truncateSync(join(mirrorFolder(), 'HEAD'), 0);
  const pushed = origin.push('After an empty HEAD');
  assert.equal((await mirrors.resolve(origin.url, 'main')).sha, pushed);
  assert.equal(readdirSync(origin.mirrorsFolder).filter((name) => name.startsWith('.partial')).length, 0);
});

test('a worker that is started by a git hook works on its own mirrors', async () => {
  const before = { ...process.env };
  process.env.GIT_DIR = origin.url;
  process.env.GIT_WORK_TREE = origin.folder;
  try {
    const mirrors = new Mirrors(join(origin.folder, 'of-a-hook'));
    await mirrors.resolve(origin.url, 'main');
    const pushed = origin.push('From a hook');
    assert.equal((await mirrors.resolve(origin.url, 'main')).sha, pushed);
    assert.notEqual(
      (await git(['rev-parse', '--absolute-git-dir'], { repository: mirrorOf('of-a-hook') })).trim(),
      origin.url,
    );
  } finally {
    process.env = before;
  }
});

function mirrorOf(folder: string): string {
  const [name = ''] = readdirSync(join(origin.folder, folder));
  return join(origin.folder, folder, name);
}

test('a git that was killed has not said that there is no such branch or folder', async (t) => {
  const commit = origin.push('Two');
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
  });
  const dying = 'case "$*" in *show-ref*|*rev-parse*) kill -KILL $$;; esac';
  writeFileSync(join(origin.folder, 'git'), `#!/bin/sh\n${dying}\nPATH='${PATH}' exec git "$@"\n`, {
    mode: 0o755,
  });
  process.env.PATH = `${origin.folder}:${PATH}`;
  const killed = /git (show-ref|rev-parse) failed: it was ended by SIGKILL/;
  await failsWith(origin.mirrors.resolve(origin.url, 'main'), 'CommandFailed', killed);
  await failsWith(origin.mirrors.tree(origin.url, commit, 'shop'), 'CommandFailed', killed);
});
