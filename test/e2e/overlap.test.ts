import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exampleApp } from '../harness/example-app';
import {
  expectNoSecret,
  expectTidy,
  liveRelease,
  releaseDirectories,
  releaseOf,
} from '../harness/invariants';
import { shop } from '../harness/shop';
import { until } from '../harness/until';
import { usersMeanwhile } from '../harness/users';
import { World } from '../harness/world';

describe('deploys alongside the live release, on a real host', () => {
  let world: World;
  before(async () => {
    world = await World.start({ strategy: 'overlap', workers: 2 });
  });
  after(() => world?.stop());

  async function deployed(version: string): Promise<string> {
    const commit = world.repository.commit(version, shop(version));
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    return commit;
  }

  async function show(unit: string, property: string): Promise<string> {
    return (await world.host.root(`systemctl show ${unit} -p ${property} --value`)).stdout.trim();
  }

  it('puts a first release in service, on a socket of its own', async () => {
    const commit = world.repository.commit('first', exampleApp('1'));
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, /start 1-\w+ alongside · landfall gate: 2 workers ready/);
    assert.doesNotMatch(ran.output, /rehearse/, 'the gate proves what a rehearsal would');
    await expectTidy(world, { live: await releaseOf(world, commit) });
    assert.equal(await show('shop.socket', 'ActiveState'), 'active');
    await expectNoSecret(world, ran.output);
  });

  it('loses no request over deploys in a row, the second while the first one drains', async () => {
    const { result, users } = await usersMeanwhile(world.host, async () => {
      const last: string[] = [];
      for (const version of ['2', '3', '4']) last.push(await deployed(version));
      return last;
    });
    assert.deepEqual(users.failures, {}, JSON.stringify(users));
    assert.deepEqual(Object.keys(users.versions).sort(), ['1', '2', '3', '4']);
    await expectTidy(world, { live: await releaseOf(world, result.at(-1) ?? '') });
  });

  it('gives the same commit its own release, which too starts alongside the live one', async () => {
    const commit = await deployed('5');
    const one = await liveRelease(world);
    const { result, users } = await usersMeanwhile(world.host, () => world.deploy(commit));
    assert.equal(result.code, 0, result.output);
    assert.equal(users.failed, 0, JSON.stringify(users));
    const two = await liveRelease(world);
    assert.notEqual(two, one);
    assert.equal(two?.split('-')[1], one?.split('-')[1]);
    await expectTidy(world, { live: two });
  });

  it('goes back to the release before with the same switch', async () => {
    const first = await deployed('6');
    const back = await releaseOf(world, first);
    await deployed('7');
    const { result, users } = await usersMeanwhile(world.host, () => world.landfall('rollback', 'shop'));
    assert.equal(result.code, 0, result.output);
    assert.equal(users.failed, 0, JSON.stringify(users));
    await expectTidy(world, { live: back });
  });

  it('restarted by hand, killed, or stopped and then asked for: the live release comes back', async () => {
    await deployed('8');
    const live = await liveRelease(world);
    const first = await show(`shop@${live}.service`, 'InvocationID');
    await world.host.root('systemctl restart shop.service');
    // The release follows its alias unit a moment later.
    await until(async () => {
      await world.ask('/');
      return (await show(`shop@${live}.service`, 'InvocationID')) !== first;
    });
    assert.equal((await world.ask('/')).status, 200);
    assert.equal(await liveRelease(world), live);

    const { users } = await usersMeanwhile(world.host, () =>
      world.host.root(`systemctl kill -s KILL shop@${live}.service`),
    );
    // Its requests in flight are lost; later requests wait in the socket.
    assert.deepEqual(
      Object.keys(users.failures).sort().join(),
      /^(ECONNRESET)?$/.exec(Object.keys(users.failures).join())?.[0],
    );
    assert.equal(await liveRelease(world), live);

    await world.host.root('systemctl stop shop.service');
    assert.equal(await liveRelease(world), null);
    assert.equal((await world.ask('/')).status, 200);
    assert.equal(await liveRelease(world), live);
  });

  it('survives a reboot: what was deployed last comes up by itself', async () => {
    const live = await liveRelease(world);
    await world.host.powerLoss();
    await world.host.root('systemctl is-system-running --wait');
    assert.equal(await liveRelease(world), live);
    assert.equal((await world.ask('/health/ready')).status, 200);
  });

  it('puts a socket unit that was edited by hand back, and says so; a drop-in stays', async () => {
    await world.host.root(
      `sed -i 's/^Service=.*/Service=other.service/' /etc/systemd/system/shop.socket
       mkdir -p /etc/systemd/system/shop.socket.d
       printf '[Socket]\\nBacklog=100\\n' > /etc/systemd/system/shop.socket.d/backlog.conf
       systemctl daemon-reload`,
    );
    const commit = world.repository.commit('9', shop('9'));
    const { result, users } = await usersMeanwhile(world.host, () => world.deploy(commit));
    assert.equal(result.code, 0, result.output);
    assert.match(result.output, /shop\.socket was not as Landfall wrote it, and is again/);
    assert.equal(users.failed, 0, JSON.stringify(users));
    assert.match(
      (await world.host.root('systemctl cat shop.socket')).stdout,
      /Service=shop\.service[\s\S]*Backlog=100/,
    );
    await expectTidy(world, { live: await releaseOf(world, commit) });
  });

  it('keeps as many releases as it should, their units with them', async () => {
    const units = await world.host.root(
      "ls /etc/systemd/system | sed -n 's/^shop@\\(.*\\)\\.service$/\\1/p'",
    );
    assert.deepEqual(units.stdout.trim().split('\n').sort(), (await releaseDirectories(world)).sort());
    assert.ok((await releaseDirectories(world)).length <= 7);
  });

  it('moves to another address, with one interruption', async () => {
    const move = (port: number) => {
      const [entry] = world.hostEntries();
      world.configure({
        environments: { production: { hosts: [{ ...entry, bind: `${world.host.address}:${port}` }] } },
      });
    };
    move(8005);
    const commit = world.repository.commit('10', shop('10'));
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    const answer = await fetch(`http://${world.host.address}:8005/`);
    assert.equal(answer.status, 200);
    assert.equal((await world.ask('/')).status, 0, 'the old address is free');
    await expectTidy(world, { live: await releaseOf(world, commit) });
  });
});
