import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { COMMAND } from '../../src/package/contents';
import { freePort } from '../../src/temporal/free-port';
import { assemble } from '../../tools/assemble';
import { ensureTemporal } from '../harness/engine/build-temporal';
import { installPacked } from '../harness/installed';
import { expectTidy, releaseOf } from '../harness/invariants';
import { Running } from '../harness/running';
import { World } from '../harness/world';

describe('Landfall without its checkout', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-installed-'));
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap', worker: false, client: await installPacked(folder) });
  });
  after(async () => {
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('drafts and checks a configuration, sets a host up, keeps its variables, plans and deploys', async () => {
    const commit = world.repository.commit('first');
    const drafted = await world.controller.run([
      'init',
      world.repository.directory,
      ...['--print', '--yes', '--host', 'web1.example.com', '--repository', 'git@github.com:acme/shop.git'],
    ]);
    assert.equal(drafted.code, 0, drafted.output);
    assert.match(drafted.output, /^ {4}hosts: \[web1\.example\.com\]$/m);
    const valid = await world.controller.run(['validate', '--config', world.configFile]);
    assert.equal(valid.code, 0, valid.output);
    const kept = await world.env(['set', 'shop', 'GREETING'], 'hello');
    assert.equal(kept.code, 0, kept.output);
    await world.controller.startWorker();
    const planned = await world.landfall('plan', 'shop', '--ref', commit);
    assert.equal(planned.code, 0, planned.output);
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, commit) });
    await world.controller.stopWorkers();
  });

  it('starts an engine and a worker from a folder that has no packages of npm', async (t) => {
    const alone = join(folder, 'alone');
    assemble(alone);
    const [port, temporal] = await Promise.all([freePort(), ensureTemporal(() => undefined)]);
    const dev = new Running(
      process.execPath,
      [join(alone, COMMAND), 'dev', '--port', String(port), '--no-ui', '--temporal', temporal],
      // The engine of the other tests may have a namespace for this file.
      { ...world.controller.env, TEMPORAL_NAMESPACE: 'default' },
    );
    t.after(() => dev.kill('SIGKILL'));
    await dev.says(/Worker: ready/);
    const address = `127.0.0.1:${port}`;
    const status = await world.controller.run(['status', 'shop', '--env', 'production'], {
      env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' },
    });
    assert.match(status.output, /shop was never deployed to production from this engine/);
    dev.kill('SIGTERM');
    await dev.ended;
  });
});
