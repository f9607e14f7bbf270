import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectNoSecret, expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { World } from '../harness/world';

describe('good deploys, on a real host', () => {
  let world: World;
  let first: string;
  before(async () => {
    world = await World.start();
  });
  after(() => world?.stop());

  it('puts a first release in service, and a second one in its place', async () => {
    first = world.repository.commit('first', { 'VERSION.txt': '1' });
    const one = await world.deploy(first);
    assert.equal(one.code, 0, one.output);
    assert.equal((await world.ask('/health/ready')).status, 200);
    await expectTidy(world, { live: await releaseOf(world, first) });

    const second = world.repository.commit('second', { 'VERSION.txt': '2' });
    const two = await world.deploy(second);
    assert.equal(two.code, 0, two.output);
    assert.match(two.output, /DEPLOYED/);
    assert.match(two.output, /dependencies · unchanged/);
    await expectTidy(world, { live: await releaseOf(world, second) });
    await expectNoSecret(world, one.output, two.output);
  });

  it('survives a reboot: what was deployed last comes up by itself', async () => {
    const before = await liveRelease(world);
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    assert.equal(await liveRelease(world), before);
  });

  it('goes back to the release before the live one, without the repository', async () => {
    world.configure({ repository: '/nowhere' });
    const back = await world.landfall('rollback', 'shop');
    world.configure({});
    assert.equal(back.code, 0, back.output);
    await expectTidy(world, { live: await releaseOf(world, first) });
  });
});
