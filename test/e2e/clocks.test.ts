import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clockOffBy } from '../harness/clock-off';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import { MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { World } from '../harness/world';

describe('a controller and clients whose clocks are hours off the engine’s and the host’s', () => {
  let world: World;
  before(async () => {
    world = await World.start({ worker: false });
  });
  after(() => world?.stop());

  // The steps themselves are tried with clocks off either way.
  const hours = 2;

  it(`a soak is as long as it is, ${hours} h off`, async () => {
    await world.controller.startWorker(clockOffBy(hours));
    world.configure({ soak: { time: '4s', interval: '500ms' } });
    const commit = world.repository.commit('good', shopWith());
    const args = ['shop', '--ref', commit];
    // The client is off the other way.
    const { code, output } = await world.begin('deploy', args, clockOffBy(-hours)).ended;
    assert.equal(code, 0, output);
    assert.match(output, /soak for 4 s · 4\.0 s, ([4-9]|1\d) looks/);
    assert.doesNotMatch(output, /No worker is connected/);
    await expectTidy(world, { live: await releaseOf(world, commit) });
  });

  it(`a release that goes bad in it is rolled back, ${hours} h off`, async () => {
    const live = await liveRelease(world);
    world.configure({ soak: { time: '1h', interval: '500ms' } });
    const commit = world.repository.commit('bad', shopWith(unreadyWhile('gone_bad')));
    const running = world.begin('deploy', ['shop', '--ref', commit], clockOffBy(-hours));
    await running.says(/is \d+-\w+ ready · ready after \d\.\d s/);
    await world.host.root(`install -o shop /dev/null ${MARKERS}/gone_bad`);
    const { code, output } = await running.ended;
    await world.host.root(`rm -f ${MARKERS}/gone_bad`);
    assert.equal(code, 3, output);
    assert.match(output, /went bad in its soak: \/health\/ready: status 503/);
    await expectTidy(world, { live });
    await world.controller.stopWorkers();
  });
});
