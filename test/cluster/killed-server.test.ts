import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cluster } from '../harness/cluster';
import { expectTidy, liveRelease, releaseOf } from '../harness/invariants';
import type { Ran } from '../harness/run-command';
import { MARKERS, shop, unreadyWhile } from '../harness/shop';
import { World } from '../harness/world';

const NAMESPACE = 'deploys';

describe('a cluster of two servers, with two workers', () => {
  let cluster: Cluster;
  let world: World;
  before(async () => {
    cluster = await Cluster.start((line) => console.error(line));
    await cluster.createNamespace(NAMESPACE);
    world = await World.start({ strategy: 'overlap', cluster: cluster.settingsFor(NAMESPACE) });
    await world.controller.startWorker();
  });
  after(async () => {
    await world?.stop();
    await cluster?.stop();
  });

  it('deploys although each server is killed once, and the client follows to the end', async () => {
    world.configure({ soak: { time: '20s', interval: '500ms' } });
    const [first, second] = cluster.nodes;
    const commit = world.repository.commit('one', shop('1'));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ .*: claim/);
    await first.kill9();
    await deploying.says(/✓ .*: is \S+ ready/);
    first.start();
    await cluster.untilServes(first);
    await second.kill9();
    const ran = await deploying.ended;
    assert.equal(ran.code, 0, ran.output);
    await expectTidy(world, { live: await releaseOf(world, commit) });
    second.start();
    await cluster.untilServes(second);
  });

  it('rolls a release back that turns bad while a server and a worker are dead', async () => {
    world.configure({ soak: { time: '1h', interval: '500ms' } });
    const live = await liveRelease(world);
    const commit = world.repository.commit('turns bad', shop('2', unreadyWhile('bad')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await deploying.says(/✓ .*: is \S+ ready/);
    const [first] = cluster.nodes;
    await first.kill9();
    const [worker] = world.controller.workerPids;
    assert.ok(worker !== undefined, 'a worker runs');
    await world.controller.stopWorker(worker, 'SIGKILL');
    await world.host.root(`touch ${MARKERS}/bad`);
    const ran = await deploying.ended;
    assert.equal(ran.code, 3, ran.output);
    await expectTidy(world, { live });
  });

  it('tells who is not allowed, and starts nothing', async () => {
    const asked = (settings: NodeJS.ProcessEnv): Promise<Ran> =>
      world.controller.run(['status', 'shop', '--env', 'production'], { env: settings });
    const another = await asked({ ...cluster.settingsFor('elsewhere'), TEMPORAL_NAMESPACE: NAMESPACE });
    assert.equal(another.code, 6, another.output);
    assert.match(another.output, /unauthorized/);
    const withoutCertificate = await asked({
      ...cluster.settingsFor(NAMESPACE),
      TEMPORAL_TLS_CLIENT_CERT_PATH: undefined,
      TEMPORAL_TLS_CLIENT_KEY_PATH: undefined,
    });
    assert.equal(withoutCertificate.code, 6, withoutCertificate.output);
    assert.match(withoutCertificate.output, /cannot be reached/);
  });
});
