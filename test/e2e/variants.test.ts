import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root';
import { expectNoSecret, expectTidy, releaseOf } from '../harness/invariants';
import { World } from '../harness/world';

describe('other ways to lie, to be installed and to be reached, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  const example = (name: string) => readFileSync(join(packageRoot(), 'examples/fastapi-app', name), 'utf8');

  it('a folder of a monorepo, with a shared path, installed by pip, preloaded, on a unix socket', async () => {
    const { host } = world;
    assert.equal((await host.root('mv /usr/local/bin/uv /root/uv')).code, 0);
    const onSocket = world.hostEntries().map((entry) => ({ ...entry, bind: 'unix:/run/shop.run/shop.sock' }));
    world.configure({
      path: 'services/shop',
      shared: ['uploads'],
      environments: { production: { hosts: onSocket } },
      gunicorn: { workers: 1, gracefulTimeout: '5s', preload: true },
      readiness: {
        timeout: '20s',
        requestTimeout: '2s',
        successes: 3,
        headers: { Host: 'shop.example.com' },
      },
    });
    const commit = world.repository.commit('monorepo', {
      'services/shop/main.py': example('main.py'),
      'services/shop/requirements.txt': example('requirements.txt'),
      'elsewhere.txt': 'no part of the service',
    });
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /dependencies · \w+ with pip in/);
    assert.match(ran.output, /preload is on: one import error stops every worker/);
    const release = await releaseOf(world, commit);
    await expectTidy(world, { live: release });
    const { stdout } = await host.root(
      `cd /srv/shop/releases/${release} && ls -A && readlink -f uploads && curl -fsS --unix-socket /run/shop.run/shop.sock http://localhost/health/ready`,
    );
    assert.match(
      stdout,
      /^\.venv\nmain\.py\nrequirements\.txt\nuploads\n\/srv\/shop\/shared\/uploads\n\{"status":"ok"/,
    );
    await expectNoSecret(world, ran.output);
    await host.root('mv /root/uv /usr/local/bin/uv');
  });

  it('requirements with hashes, moved to the address that users reach and asked there', async () => {
    const { host } = world;
    world.configure({
      readiness: {
        url: `http://${host.address}:8000/health/ready`,
        timeout: '10s',
        requestTimeout: '2s',
        successes: 3,
      },
    });
    const { stdout } = await host.root(
      'for file in /opt/wheels/*.whl; do name=$(basename $file); echo "$(echo $name | cut -d- -f1 | tr _ -)==$(echo $name | cut -d- -f2) --hash=sha256:$(sha256sum $file | cut -d\' \' -f1)"; done',
    );
    const wanted = example('requirements.txt')
      .split('\n')
      .flatMap((line) => /^([\w.-]+)==/.exec(line)?.[1]?.toLowerCase() ?? []);
    const hashed = stdout
      .split('\n')
      .filter((line) => wanted.includes(line.split('==')[0]?.toLowerCase() ?? ''));
    assert.equal(hashed.length, wanted.length, 'every requirement has its hash');
    const commit = world.repository.commit('hashed', { 'requirements.txt': `${hashed.join('\n')}\n` });
    // The live release still listens on the previous socket, and is asked there.
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.match(
      ran.output,
      /dependencies · \w+ with uv in [\d.]+ s; Python [\d.]+ \(\S+\) \(/,
      'pinned, every one',
    );
    await expectTidy(world, { live: await releaseOf(world, commit) });
    assert.equal((await world.ask('/health/ready')).status, 200);
  });
});
