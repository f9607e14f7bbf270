import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expectTidy, releaseOf } from '../harness/invariants';
import { World } from '../harness/world';

describe('a host where the deploying user may do everything', () => {
  let world: World;
  before(async () => {
    world = await World.start({ kind: 'full-sudo', setUp: false });
    await world.writeSecrets();
  });
  after(() => world?.stop());

  it('needs no extra command: the helper is installed by the first deploy and updated by a later one', async () => {
    const first = world.repository.commit('first');
    const one = await world.deploy(first);
    assert.equal(one.code, 0, one.output);
    assert.match(one.output, /what is live, is it ready · installed landfall-host;/);
    await expectTidy(world, { live: await releaseOf(world, first) });

    // The answer of a helper of another protocol.
    const stale = `#!/bin/sh\necho '{"protocol": 0}'\n`;
    await world.host.root('cat > /usr/local/lib/landfall/landfall-host', { input: stale });
    const second = world.repository.commit('second');
    const two = await world.deploy(second);
    assert.equal(two.code, 0, two.output);
    assert.match(two.output, /what is live, is it ready · installed landfall-host;/);
    await expectTidy(world, { live: await releaseOf(world, second) });
  });
});
