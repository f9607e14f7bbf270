import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { TestHost } from '../harness/hosts';
import { expectTidy, releaseOf } from '../harness/invariants';
import type { Running } from '../harness/running';
import { MARKERS, shopWith, unreadyWhile } from '../harness/shop';
import { World } from '../harness/world';

describe('a host that cannot be reached while it is to be rolled back', () => {
  let world: World;
  let one: TestHost;
  let two: TestHost;
  let good: string;
  before(async () => {
    world = await World.start({ hosts: 2 });
    const [first, second] = world.hosts;
    assert.ok(second);
    [one, two] = [first, second];
    configure({});
    good = world.repository.commit('good', shopWith());
    const ran = await world.deploy(good);
    assert.equal(ran.code, 0, ran.output);
  });
  after(() => world?.stop());

  beforeEach(async () => {
    for (const host of world.hosts) await host.root(`rm -f ${MARKERS}/broken`);
    configure({});
  });

  function configure(changes: Record<string, unknown>, hosts = world.hostEntries()): void {
    world.configure({
      gunicorn: { workers: 1, gracefulTimeout: '5s' },
      rehearse: false,
      readiness: { timeout: '8s', requestTimeout: '2s', successes: 2 },
      environments: { production: { batch: 2, hosts } },
      ...changes,
    });
  }

  /** Both hosts are released, not ready, and the second one falls silent before it is taken back. */
  async function loseTwo(): Promise<Running> {
    for (const host of world.hosts) await host.root(`touch ${MARKERS}/broken`);
    const commit = world.repository.commit('fails on both', shopWith(unreadyWhile('broken')));
    const deploying = world.begin('deploy', ['shop', '--ref', commit]);
    await Promise.all(world.hosts.map((host) => deploying.says(new RegExp(`✓ ${host.name}: restart with`))));
    await two.root('systemctl stop ssh.service; loginctl terminate-user deploy');
    await deploying.says(
      new RegExp(
        `! ${two.name}: tried again until .* UTC, without success since .* UTC: ${two.name} .*refused`,
      ),
    );
    return deploying;
  }

  async function expectGood(host: TestHost, commit: string): Promise<void> {
    await expectTidy({ host }, { live: await releaseOf({ host }, commit) });
    assert.equal((await world.ask('/health/ready', host)).status, 200, host.name);
  }

  it('says so where people look, and is rolled back after its reboot, also by another worker', async () => {
    const deploying = await loseTwo();
    const status = await world.landfall('status', 'shop');
    assert.match(status.output, /STILL RUNNING: .*, in its rollback phase/);
    assert.match(status.output, new RegExp(`${one.name}: .* \\(as before, ready again\\)`));
    assert.match(
      status.output,
      new RegExp(`${two.name}: .* \\(NOT CERTAIN, waited for\\): tried again until`),
    );
    assert.match(status.output, new RegExp(`Bring ${two.name} back.*--supersede`));
    assert.equal((await world.ask('/health/ready', one)).status, 200);

    // Waiting is a step like the others: another worker continues it.
    await world.controller.stopWorkers('SIGKILL');
    await world.controller.startWorker();
    await two.powerLoss();
    const ran = await deploying.ended;
    assert.equal(ran.code, 3, ran.output);
    for (const host of world.hosts) await expectGood(host, good);
  });

  it('is an operator’s once rollback.keepTrying is over, and a retry rolls it back', async () => {
    configure({ rollback: { keepTrying: '8s' } });
    const deploying = await loseTwo();
    const ran = await deploying.ended;
    assert.equal(ran.code, 4, ran.output);
    assert.match(ran.output, new RegExp(`HostUnreachable on ${two.name}: Given up after trying since`));
    assert.match(ran.output, new RegExp(`${one.name}: .* \\(as before, ready again\\)`));
    assert.match(ran.output, new RegExp(`${two.name}: .* \\(NOT CERTAIN, needs an operator\\)`));
    assert.equal((await world.ask('/health/ready', one)).status, 200);

    await two.root('systemctl start ssh.service');
    const retried = await world.landfall('decide', 'shop', 'retry');
    assert.equal(retried.code, 3, retried.output);
    for (const host of world.hosts) await expectGood(host, good);
  });

  it('keeps no hotfix out: it goes to the other hosts, and the next deploy takes this one along', async () => {
    const deploying = await loseTwo();
    const hotfix = world.repository.commit('hotfix', shopWith(unreadyWhile('elsewhere')));
    const refused = await world.deploy(hotfix);
    assert.equal(refused.code, 1, refused.output);
    assert.match(
      refused.output,
      new RegExp(`That run waits for ${two.name}, which cannot be reached: .*--supersede`),
    );

    configure({}, world.hostEntries().slice(0, 1));
    const fixed = await world.deploy(hotfix, '--supersede');
    assert.equal(fixed.code, 0, fixed.output);
    assert.match(fixed.output, /was superseded; its hosts are taken over as they are/);
    const superseded = await deploying.ended;
    assert.equal(superseded.code, 4, superseded.output);
    assert.match(superseded.output, /SUPERSEDED/);
    await expectGood(one, hotfix);

    await two.root('systemctl start ssh.service');
    await two.root(`rm ${MARKERS}/broken`);
    configure({});
    const next = world.repository.commit('next', shopWith());
    const ran = await world.deploy(next);
    assert.equal(ran.code, 0, ran.output);
    for (const host of world.hosts) await expectGood(host, next);
  });
});
