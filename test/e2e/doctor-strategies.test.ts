import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { shopWith } from '../harness/shop';
import { terminate } from '../harness/temporal-ui';
import { World } from '../harness/world';

describe('a deploy with another strategy than the previous one, abandoned', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'restart' });
  });
  after(() => world?.stop());

  function configure(strategy: string, soak: object | false = false): void {
    const readiness = { timeout: '20s', requestTimeout: '2s', successes: 2 };
    const gunicorn = { workers: 1, gracefulTimeout: '5s' };
    world.configure({ strategy, soak, readiness, gunicorn, rehearse: false });
  }

  const commit = (name: string) => world.repository.commit(name, shopWith());

  async function deployed(name: string): Promise<string> {
    const sha = commit(name);
    const ran = await world.deploy(sha);
    assert.equal(ran.code, 0, ran.output);
    return sha;
  }

  /** Terminated in its soak, with the new release live. */
  async function tornOff(strategy: string): Promise<void> {
    configure(strategy, { time: '1h' });
    const sha = commit(`abandoned with ${strategy}`);
    const deploying = world.begin('deploy', ['shop', '--ref', sha]);
    await deploying.says(/✓ .*: is \S+ ready/);
    await terminate(world);
    const ran = await deploying.ended;
    assert.equal(ran.code, 4, ran.output);
    assert.equal(await liveRelease(world), await releaseOf(world, sha));
    configure(strategy);
  }

  it('from restart to overlap: last good comes back as what it was', async () => {
    configure('restart');
    const good = await deployed('good with restart');
    await tornOff('overlap');
    const ran = await world.landfall('doctor', 'shop', '--repair');
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, good) });
    assert.equal((await world.ask('/health/ready')).status, 200);
    const seen = await world.landfall('doctor', 'shop');
    assert.equal(seen.code, 0, seen.output);
  });
});
