import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestHost } from '../harness/hosts';
import { expectTidy, releaseOf } from '../harness/invariants';
import { MARKERS, shopWith, unimportableWhile, unreadyWhile } from '../harness/shop';
import { usersMeanwhile } from '../harness/users';
import { World } from '../harness/world';

describe('several hosts', () => {
  let world: World;
  let one: TestHost;
  let two: TestHost;
  before(async () => {
    world = await World.start({ hosts: 2 });
    const [first, second] = world.hosts;
    assert.ok(second);
    [one, two] = [first, second];
    hostsAtATime(1);
    await goodDeploy();
  });
  after(() => world?.stop());

  function hostsAtATime(batch: number, more: object = {}): void {
    world.configure({
      ...more,
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      rehearse: false,
      readiness: { timeout: '8s', requestTimeout: '2s', successes: 2 },
      environments: { production: { batch, hosts: world.hostEntries() } },
    });
  }

  async function goodDeploy(): Promise<void> {
    const commit = world.repository.commit('good', shopWith());
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 0, ran.output);
    for (const host of world.hosts) await expectTidy({ host }, { live: await releaseOf({ host }, commit) });
  }

  async function liveReleases(): Promise<string[]> {
    const live = await Promise.all(world.hosts.map((host) => host.root('readlink /srv/shop/last-good')));
    return live.map(({ stdout }) => stdout.trim().replace('releases/', ''));
  }

  async function expectAsBefore(live: string[]): Promise<void> {
    for (const [index, host] of world.hosts.entries()) {
      await expectTidy({ host }, { live: live[index] ?? null });
      assert.equal((await world.ask('/health/ready', host)).status, 200, host.name);
    }
  }

  it('a failure on the second host takes the first one back too', async () => {
    const live = await liveReleases();
    await two.root(`touch ${MARKERS}/broken`);
    const ran = await world.deploy(world.repository.commit('fails on two', shopWith(unreadyWhile('broken'))));
    assert.equal(ran.code, 3, ran.output);
    assert.match(
      ran.output,
      new RegExp(`✓ ${one.name}: is \\S+ ready · (.*\\n)*.*✗ ${two.name}: is \\S+ ready · NotReady`),
    );
    assert.match(ran.output, new RegExp(`What failed: NotReady on ${two.name}`));
    for (const [index, host] of world.hosts.entries()) {
      assert.match(ran.output, new RegExp(`  ${host.name}: ${live[index]} \\(as before, ready again\\)`));
    }
    await expectAsBefore(live);
    await two.root(`rm ${MARKERS}/broken`);
  });

  it('a release that cannot be prepared on one host changes nothing on the other', async () => {
    const live = await liveReleases();
    const starts = await one.root('systemctl show -p InvocationID --value shop.service');
    await two.root(`touch ${MARKERS}/unimportable`);
    const commit = world.repository.commit(
      'not importable on two',
      shopWith(unimportableWhile('unimportable')),
    );
    const ran = await world.deploy(commit);
    assert.equal(ran.code, 2, ran.output);
    assert.match(ran.output, new RegExp(`What failed: PreImportFailed on ${two.name}`));
    assert.match(ran.output, /RuntimeError: unimportable/);
    for (const [index, host] of world.hosts.entries()) {
      assert.match(ran.output, new RegExp(`  ${host.name}: ${live[index]} \\(not touched\\)`));
    }
    await expectAsBefore(live);
    const now = await one.root('systemctl show -p InvocationID --value shop.service');
    assert.equal(now.stdout, starts.stdout, 'the other host was not restarted');
    await two.root(`rm ${MARKERS}/unimportable`);
  });

  it('a host that cannot be reached delays no other host’s rollback, and is rolled back when it is back', async () => {
    const live = await liveReleases();
    hostsAtATime(2);
    for (const host of world.hosts) await host.root(`touch ${MARKERS}/broken`);
    const commit = world.repository.commit('fails on both', shopWith(unreadyWhile('broken')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await Promise.all(world.hosts.map((host) => deploying.says(new RegExp(`✓ ${host.name}: restart with`))));
    await two.root('systemctl stop ssh.service; loginctl terminate-user deploy');
    await deploying.says(new RegExp(`✓ ${one.name}: is ${live[0]} ready`));
    assert.equal((await world.ask('/health/ready', one)).status, 200);
    await deploying.says(new RegExp(`… ${two.name}: .* attempt \\d+ after: .*${two.name}`));

    await two.root('systemctl start ssh.service');
    const ran = await deploying.ended;
    assert.equal(ran.code, 3, ran.output);
    await expectAsBefore(live);
    for (const host of world.hosts) await host.root(`rm ${MARKERS}/broken`);
  });

  describe('with strategy overlap', () => {
    before(async () => {
      hostsAtATime(1, { strategy: 'overlap' });
      await goodDeploy();
    });

    for (const [bad, where, failure] of [
      ['second', () => two, /What failed: PreImportFailed/],
      ['first', () => one, /What failed: (NotReady|CrashLoop).*RuntimeError: unimportable .*while importing/],
    ] as const) {
      it(`a bad import on the ${bad} host alone is found before the live release of either is touched`, async () => {
        const live = await liveReleases();
        const starts = await Promise.all(world.hosts.map(startsOfService));
        await where().root(`touch ${MARKERS}/unimportable`);
        const commit = world.repository.commit(`bad on ${bad}`, shopWith(unimportableWhile('unimportable')));
        const { result: ran, users } = await usersMeanwhile(one, () => world.deploy(commit));
        assert.equal(ran.code, 2, ran.output);
        assert.match(ran.output, failure);
        assert.match(ran.output, new RegExp(`What failed: .* on ${where().name}`));
        assert.equal(
          /start \S+ alongside/.test(ran.output),
          bad === 'first',
          'where the release was started',
        );
        assert.doesNotMatch(ran.output, /switch to/);
        assert.deepEqual(users.failures, {}, ran.output);
        await expectAsBefore(live);
        assert.deepEqual(await Promise.all(world.hosts.map(startsOfService)), starts);
        await where().root(`rm ${MARKERS}/unimportable`);
      });
    }
  });

  /** systemd's ids of the starts of all that runs of the service. */
  async function startsOfService(host: TestHost): Promise<string> {
    return (await host.root("systemctl show -p Id,InvocationID 'shop@*.service' shop.service")).stdout;
  }
});
